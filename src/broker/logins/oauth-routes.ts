import { createHash, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { Principal } from '../../model/principal.ts'
import { chooseWay } from './choose-way.ts'
import type { DeviceLogins } from './device-logins.ts'
import { type LoginRoom, redirectBack } from './login-flow.ts'
import { problemPage } from './pages.ts'
import { principalIn } from './principal-claims.ts'
import { formFields, queryFields } from './read-input.ts'
import { sourceIp } from './source-ip.ts'

const clientId = 'mayfly'
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'
const longestForm = 64 * 1024

/** The errors of RFC 6749, section 5.2, and RFC 8628, section 3.5. */
type OAuthError =
  | 'invalid_request'
  | 'invalid_grant'
  | 'invalid_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'authorization_pending'
  | 'slow_down'
  | 'access_denied'
  | 'expired_token'

/** Logins of programs on a person's machine: OAuth 2.0 (RFC 6749) for native apps (RFC 8252) with PKCE (RFC 7636), and for devices (RFC 8628). */
export function oauthRoutes(room: LoginRoom, devices: DeviceLogins): Hono {
  const { parts, seal, admission } = room
  const app = new Hono()

  app.get('/oauth/authorize', async (c) => {
    const asked = queryFields(c)
    const redirectUri = asked?.redirect_uri ?? ''
    // Nobody is sent to an address that is not their own machine, not even with an error.
    if (asked?.client_id !== clientId || !isLoopback(redirectUri))
      return problemPage(c, 400, 'This is no program that may ask for a login: its answer must go to 127.0.0.1.')
    const { state, code_challenge: challenge = '' } = asked
    const back = (error: OAuthError): Response =>
      redirectBack(c, redirectUri, { error, iss: parts.config().publicUrl, ...(state === undefined ? {} : { state }) })
    if (asked.response_type !== 'code') return back('unsupported_response_type')
    if (asked.code_challenge_method !== 'S256' || !/^[\w-]{43}$/.test(challenge)) return back('invalid_request')
    if ((state?.length ?? 0) > longestState || redirectUri.length > longestState) return back('invalid_request')
    const goal = { kind: 'code', redirectUri, challenge, ...(state === undefined ? {} : { state }) } as const
    return chooseWay(room, c, goal, asked.authenticator)
  })

  app.post('/oauth/token', async (c) => {
    c.header('Cache-Control', 'no-store')
    const form = await formFields(c, longestForm)
    if (form === undefined) return refuse(c, 'invalid_request')
    if (form.client_id !== clientId) return refuse(c, 'invalid_client')
    switch (form.grant_type) {
      case 'authorization_code': {
        const wait = admission.mayTry(c, 'proof')
        if (wait > 0) return tooOften(c, wait)
        const principal = await redeem(form)
        return principal ? answer(c, principal) : refuse(c, 'invalid_grant')
      }
      case deviceGrant: {
        const outcome = await devices.poll(form.device_code ?? '')
        return outcome.kind === 'in' ? answer(c, outcome.principal) : refuse(c, outcome.error)
      }
      default:
        return refuse(c, 'unsupported_grant_type')
    }
  })

  app.post('/oauth/device_authorization', async (c) => {
    c.header('Cache-Control', 'no-store')
    const form = await formFields(c, longestForm)
    if (form === undefined) return refuse(c, 'invalid_request')
    if (form.client_id !== clientId) return refuse(c, 'invalid_client')
    const wait = admission.mayTry(c, 'device')
    if (wait > 0) return tooOften(c, wait)
    const asked = await devices.ask(sourceIp(c, parts), c.req.header('user-agent') ?? '')
    const { publicUrl } = parts.config()
    return c.json({
      device_code: asked.deviceCode,
      user_code: asked.userCode,
      verification_uri: `${publicUrl}/device`,
      verification_uri_complete: `${publicUrl}/device?user_code=${asked.userCode}`,
      expires_in: asked.expiresIn,
      interval: asked.interval,
    })
  })

  /** Who a code is of; it is spent by the first who shows it, with the right verifier or a wrong one. */
  async function redeem(form: Readonly<Record<string, string>>): Promise<Principal | undefined> {
    const code = await seal.unseal('code', form.code ?? '')
    if (code === undefined) return undefined
    if (!(await parts.ledger.spend(`code:${code.id}`, code.until, parts.now().getTime()))) return undefined
    const { principal, redirectUri, challenge } = code.content
    const verifier = form.code_verifier ?? ''
    if (redirectUri !== form.redirect_uri || typeof challenge !== 'string') return undefined
    if (!/^[\w.~-]{43,128}$/.test(verifier) || !proves(verifier, challenge)) return undefined
    return typeof principal === 'object' && principal !== null ? principalIn({ ...principal }) : undefined
  }

  async function answer(c: Context, principal: Principal): Promise<Response> {
    const { token, expiresAt } = await parts.tokens.issue(principal)
    const expiresIn = Math.max(0, Math.floor((expiresAt.getTime() - parts.now().getTime()) / 1000))
    return c.json({ access_token: token, token_type: 'Bearer', expires_in: expiresIn })
  }

  return app
}

const longestState = 1024

const refuse = (c: Context, error: OAuthError): Response => c.json({ error }, error === 'invalid_client' ? 401 : 400)

function tooOften(c: Context, seconds: number): Response {
  c.header('Retry-After', String(seconds))
  return c.json({ error: 'slow_down', error_description: `Wait ${seconds} seconds.` }, 429)
}

/** An address on the person's own machine, whatever the port (RFC 8252, section 7.3); names could lead elsewhere. */
function isLoopback(text: string): boolean {
  const url = URL.parse(text)
  if (url?.protocol !== 'http:' || url.username !== '' || url.password !== '' || url.hash !== '') return false
  return (url.hostname === '127.0.0.1' || url.hostname === '[::1]') && !/[\\\s]/.test(text)
}

/** RFC 7636, section 4.6. */
function proves(verifier: string, challenge: string): boolean {
  const digest = Buffer.from(createHash('sha256').update(verifier).digest('base64url'))
  const wanted = Buffer.from(challenge)
  return digest.length === wanted.length && timingSafeEqual(digest, wanted)
}
