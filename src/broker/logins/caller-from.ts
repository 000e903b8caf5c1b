import type { Context, MiddlewareHandler } from 'hono'
import type { Principal } from '../../model/principal.ts'
import type { BrokerDenialCode } from '../broker.ts'
import { getSession } from './cookies.ts'
import type { CallerEnv, LoginParts } from './login-parts.ts'
import { sourceIp } from './source-ip.ts'

/**
 * Lets through who has a login, and sets `principal`, `sourceIp` and `isStillIn`: a token in `Authorization: Bearer`, or the page's
 * cookie. A call that a cookie speaks for must, unless it only reads, come from the broker's own page: an Origin that
 * is the broker's, and the header `X-Mayfly-Csrf: 1`, which no form of another site can send.
 */
export function callerFrom(parts: Pick<LoginParts, 'config' | 'tokens' | 'peer'>): MiddlewareHandler<CallerEnv> {
  return async (c, next) => {
    const refuse = (status: 401 | 403, code: BrokerDenialCode, message: string): Response => {
      c.header('Cache-Control', 'no-store')
      if (status === 401) c.header('WWW-Authenticate', 'Bearer')
      return c.json({ error: { code, message } }, status)
    }
    const { publicUrl } = parts.config()
    const bearer = bearerIn(c)
    if (bearer === undefined && c.req.header('authorization') !== undefined)
      return refuse(401, 'login-expired', 'The Authorization header holds no bearer token.')
    const token = bearer ?? getSession(c, publicUrl)
    if (token === undefined) return refuse(401, 'login-expired', 'Nobody is signed in.')
    if (bearer === undefined && c.req.method !== 'GET' && c.req.method !== 'HEAD') {
      const isOurs = isFromOurPage(c, publicUrl) && c.req.header('x-mayfly-csrf') === '1'
      if (!isOurs) return refuse(403, 'not-allowed', "The call does not come from the broker's own page.")
    }
    const verdict = await parts.tokens.verify(token)
    if (!verdict.allowed) return refuse(401, verdict.code, verdict.because)
    c.set('principal', verdict.principal)
    c.set('sourceIp', sourceIp(c, parts))
    c.set('isStillIn', async () => (await parts.tokens.verify(token)).allowed)
    return next()
  }
}

/** Who asks for what everybody may read, where they have a login that counts. */
export async function callerIfAny(
  c: Context,
  parts: Pick<LoginParts, 'config' | 'tokens'>,
): Promise<Principal | undefined> {
  const token = bearerIn(c) ?? getSession(c, parts.config().publicUrl)
  const verdict = token === undefined ? undefined : await parts.tokens.verify(token)
  return verdict?.allowed ? verdict.principal : undefined
}

const bearerIn = (c: Context): string | undefined =>
  /^Bearer ([\w.~+/-]+=*)$/i.exec(c.req.header('authorization') ?? '')?.[1]

/** Whether a browser says that one of our own pages sent this. */
export const isFromOurPage = (c: Context, publicUrl: string): boolean =>
  c.req.header('origin') === new URL(publicUrl).origin
