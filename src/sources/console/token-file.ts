import { createHash } from 'node:crypto'
import type { AwsCache } from '../../host/aws-cache.ts'
import { awsInstant, instantOf, members, textOf } from '../sso/token-file.ts'

/** A sign-in as AWS's tools keep it. */
export interface ConsoleToken {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly accountId: string
  readonly expiresAt: Date
  readonly clientId: string
  readonly refreshToken: string
  readonly idToken?: string
  /** A P-256 key in PEM (SEC1): who holds it may renew. */
  readonly dpopKey: string
  /** Where the sign-in was, when the file says so. */
  readonly signInRegion?: string
}

/** The name of the file: the SHA-256 of the profile's `login_session`. */
export const tokenFileName = (session: string): string => `${createHash('sha256').update(session).digest('hex')}.json`

/** The kept sign-in of a session, whoever wrote it, its credentials alive or not; undefined when it cannot be used. */
export function readToken(cache: AwsCache, session: string): ConsoleToken | undefined {
  const kept = members(cache.read(tokenFileName(session)))
  const access: Readonly<Record<string, unknown>> =
    typeof kept.accessToken === 'object' && kept.accessToken !== null ? { ...kept.accessToken } : {}
  const accessKeyId = textOf(access.accessKeyId)
  const secretAccessKey = textOf(access.secretAccessKey)
  const sessionToken = textOf(access.sessionToken)
  const accountId = textOf(access.accountId)
  const expiresAt = instantOf(access.expiresAt)
  const [clientId, refreshToken, idToken] = [textOf(kept.clientId), textOf(kept.refreshToken), textOf(kept.idToken)]
  const dpopKey = typeof kept.dpopKey === 'string' ? kept.dpopKey : undefined
  const signInRegion = typeof kept.signInRegion === 'string' ? kept.signInRegion : undefined
  if (!accessKeyId || !secretAccessKey || !sessionToken || !accountId || !expiresAt) return undefined
  if (!clientId || !refreshToken || !dpopKey) return undefined
  return {
    ...{ accessKeyId, secretAccessKey, sessionToken, accountId, expiresAt, clientId, refreshToken, dpopKey },
    ...(idToken === undefined ? {} : { idToken }),
    ...(signInRegion === undefined ? {} : { signInRegion }),
  }
}

/** Keeps the sign-in where AWS's tools find it, member for member as they write it; what else is there stays. */
export function writeToken(cache: AwsCache, session: string, token: ConsoleToken): void {
  const name = tokenFileName(session)
  const { clientId, refreshToken, idToken, dpopKey, expiresAt, signInRegion, ...access } = token
  const kept = {
    ...members(cache.read(name)),
    accessToken: { ...access, expiresAt: awsInstant(expiresAt) },
    ...{ tokenType: 'aws_sigv4', clientId, refreshToken, idToken, dpopKey },
    ...(signInRegion === undefined ? {} : { signInRegion }),
  }
  cache.write(name, JSON.stringify(kept))
}
