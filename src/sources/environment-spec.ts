import type { Host } from '../host/host.ts'
import type { EnvironmentKeySpec, EnvironmentSpec } from '../model/source-spec.ts'

// Every warm `mayfly creds` loads this file.

type Variable = Host['variable']

/**
 * What the environment has: AWS_ACCESS_KEY_ID and, for a session, AWS_SESSION_TOKEN (which AWS_SECURITY_TOKEN, its old
 * name, goes before, as in botocore). Undefined without an access key id.
 */
export function environmentSpec(variable: Variable): EnvironmentSpec | EnvironmentKeySpec | undefined {
  const accessKeyId = variable('AWS_ACCESS_KEY_ID')
  if (accessKeyId === undefined || !/^\w{16,128}$/.test(accessKeyId)) return undefined
  return { kind: tokenIn(variable) === undefined ? 'environment-key' : 'environment', accessKeyId }
}

/** The session token in the environment, by its old name first. */
export const tokenIn = (variable: Variable): string | undefined =>
  variable('AWS_SECURITY_TOKEN') ?? variable('AWS_SESSION_TOKEN')
