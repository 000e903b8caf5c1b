import type { AwsCache } from '../../src/host/aws-cache.ts'
import type { Host } from '../../src/host/host.ts'
import type { SsoSessionSpec } from '../../src/model/source-spec.ts'
import type { Sandbox } from '../../src/sandbox/index.ts'

/** A cache of AWS's tools that lives as long as the test; `files` is what is in it. */
export function memoryAwsCache(files = new Map<string, string>()): AwsCache & { readonly files: Map<string, string> } {
  return {
    files,
    read: (name) => files.get(name),
    write: (name, text) => void files.set(name, text),
    remove: (name) => void files.delete(name),
    list: () => [...files.keys()].sort(),
  }
}

/** Calls a control endpoint of the sandbox. */
export async function control(
  sandbox: Sandbox,
  method: string,
  path: string,
  body: object = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${sandbox.endpoint}/_mayfly/${path}`, {
    method,
    headers: { Authorization: `Bearer ${sandbox.controlToken}` },
    body: JSON.stringify(body),
  })
  const members: Record<string, unknown> = { ...((await answer.json()) as object) }
  if (!answer.ok) throw new Error(JSON.stringify(members))
  return members
}

/** A person at a browser: opens what they are shown, signs in as that user and allows it, or denies. */
export const personAt =
  (sandbox: Sandbox, userName = 'ann', deny = false): Host['openBrowser'] =>
  async (address) => {
    const url = new URL(address)
    const userCode = url.searchParams.get('user_code')
    const what = userCode === null ? { authorize: address } : { userCode }
    const { redirect } = await control(sandbox, 'POST', 'identity-center/approve', { ...what, userName, deny })
    // As a browser does: the answer comes while the program already waits for it.
    if (typeof redirect === 'string') await fetch(redirect)
    return true
  }

/** Where people sign in to the sandbox. */
export const ssoSessionAt = ({ endpoint, region, ssoStartUrl }: Sandbox, name = 'corp'): SsoSessionSpec => ({
  name,
  startUrl: ssoStartUrl,
  region,
  scopes: ['sso:account:access'],
  oidc: { region, endpoint },
  portal: { region, endpoint },
})
