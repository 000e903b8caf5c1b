import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { createToken, isRefusal } from './create-token.ts'
import { signIn } from './sign-in.ts'
import { readToken, type SsoToken, tokenFileName, writeToken } from './token-file.ts'

/** A token with less life than this (milliseconds) is renewed where it can be. */
const refreshMargin = 5 * 60_000
/** A token with less life than this may not arrive alive. */
const leastLife = 10_000

/**
 * A living access token of a session: the kept one, whichever tool got it; else refreshed in silence; else the person
 * signs in. Any number of callers, here and in other processes, cause one refresh or one sign-in. `refused` is a token
 * that the portal no longer takes, although it should live.
 */
export async function accessToken(session: SsoSessionSpec, host: Host, refused?: string): Promise<SsoToken> {
  const cache = host.awsCache('sso')
  const isGood = (token: SsoToken | undefined, margin: number): token is SsoToken =>
    token !== undefined &&
    token.accessToken !== refused &&
    token.expiresAt.getTime() - host.now().getTime() > (isRefreshable(token, host) ? margin : leastLife)
  const kept = readToken(cache, session)
  if (isGood(kept, refreshMargin)) return kept
  return host.exclusively(`sso-${tokenFileName(session)}`, async () => {
    const current = readToken(cache, session)
    if (isGood(current, refreshMargin)) return current
    const renewed = current && (await refreshed(session, current, host, isGood(current, leastLife)))
    if (renewed) return renewed
    if (isGood(current, leastLife)) return current
    const token = await signIn(session, host)
    writeToken(cache, session, token)
    return token
  })
}

const isRefreshable = (token: SsoToken, host: Host): token is Required<SsoToken> =>
  token.refreshToken !== undefined &&
  token.clientId !== undefined &&
  token.clientSecret !== undefined &&
  token.registrationExpiresAt !== undefined &&
  token.registrationExpiresAt > host.now()

/** The token renewed and kept; undefined when it cannot be renewed any more, or not now while it still lives. */
async function refreshed(
  session: SsoSessionSpec,
  token: SsoToken,
  host: Host,
  isAlive: boolean,
): Promise<SsoToken | undefined> {
  if (!isRefreshable(token, host)) return undefined
  const { clientId, clientSecret, registrationExpiresAt: expiresAt, refreshToken } = token
  const client = { clientId, clientSecret, expiresAt }
  try {
    const answer = await createToken(session, client, { grantType: 'refresh_token', refreshToken }, host)
    if (isRefusal(answer)) return undefined
    const renewed = { refreshToken, ...answer }
    writeToken(host.awsCache('sso'), session, renewed)
    return renewed
  } catch (error) {
    if (isAlive && error instanceof Failure && error.code === 'network') return undefined
    throw error
  }
}
