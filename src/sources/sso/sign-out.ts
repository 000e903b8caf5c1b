import type { Host } from '../../host/host.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { callSso } from './call.ts'
import { ssoEndpoint } from './endpoint.ts'
import { readToken, tokenFileName } from './token-file.ts'

/** How a sign-in ended: at AWS too, only here (AWS was not reached, or knew it no more), or there was none. */
export type SignedOut = 'ended' | 'forgotten' | 'none'

/**
 * Ends a sign-in for every tool on this machine: tells the portal, and removes the shared token. The sessions of roles
 * that were taken with it go on until they end by themselves.
 */
export async function signOut(session: SsoSessionSpec, host: Host): Promise<SignedOut> {
  const cache = host.awsCache('sso')
  return host.exclusively(`sso-${tokenFileName(session)}`, async () => {
    const token = readToken(cache, session)
    cache.remove(tokenFileName(session))
    if (!token) return 'none'
    try {
      const url = `${ssoEndpoint('portal.sso', session.portal)}/logout`
      const answer = await callSso(host, { url, token: token.accessToken, body: {} })
      return answer.ok ? 'ended' : 'forgotten'
    } catch {
      return 'forgotten'
    }
  })
}
