import type { Context } from 'hono'
import type { LoginAuthenticator } from '../authenticators/index.ts'
import { type Admission, refusals } from './admission.ts'
import { askConsent } from './consent-routes.ts'
import { setLogin, setSession, takeLogin } from './cookies.ts'
import type { LoginParts } from './login-parts.ts'
import { landingPage, problemPage } from './pages.ts'
import type { Seal } from './seal.ts'
import { sourceIp } from './source-ip.ts'

/** What the routes of logins share. */
export interface LoginRoom {
  readonly parts: LoginParts
  readonly seal: Seal
  readonly admission: Admission
}

/** What comes after somebody signed in: a page of ours, or a code for the program that asked. */
export type Goal =
  | { readonly kind: 'page'; readonly to: string }
  | { readonly kind: 'code'; readonly redirectUri: string; readonly challenge: string; readonly state?: string }

/** Seconds that a person has to sign in. */
const loginLasts = 600

const returnUrlOf = (publicUrl: string, name: string): string =>
  `${publicUrl}/auth/${encodeURIComponent(name)}/callback`

/** Sends somebody to their identity provider; what is to be known when they come back goes with their browser, sealed. */
export async function beginLogin(room: LoginRoom, c: Context, way: LoginAuthenticator, goal: Goal): Promise<Response> {
  const { publicUrl } = room.parts.config()
  const wait = room.admission.mayTry(c, 'proof')
  if (wait > 0) return tooMany(c, wait)
  let begun: Awaited<ReturnType<LoginAuthenticator['begin']>>
  try {
    begun = await way.begin(returnUrlOf(publicUrl, way.name))
  } catch {
    return problemPage(c, 503, `Signing in with ${way.name} does not work at present. Try again later.`)
  }
  const sealed = await room.seal.seal('login', { authenticator: way.name, keep: begun.keep, goal }, loginLasts)
  setLogin(c, publicUrl, sealed, loginLasts)
  c.header('Cache-Control', 'no-store')
  c.header('Referrer-Policy', 'no-referrer')
  return c.redirect(begun.redirect, 303)
}

/** Reads what somebody comes back with from their identity provider, and lets them in. */
export async function finishLogin(
  room: LoginRoom,
  c: Context,
  way: LoginAuthenticator,
  came: Readonly<Record<string, string>>,
): Promise<Response> {
  const { parts, seal, admission } = room
  const { publicUrl } = parts.config()
  const sealed = takeLogin(c, publicUrl)
  const login = sealed === undefined ? undefined : await seal.unseal('login', sealed)
  const begun = login && readBegun(login.content)
  if (login === undefined || begun?.authenticator !== way.name) return problemPage(c, 400, overText)
  const admitted = await admission.admit(c, way.name, async () => {
    if (!(await parts.ledger.spend(`login:${login.id}`, login.until, parts.now().getTime())))
      return { allowed: false, code: 'proof-replayed', because: 'The login came back a second time.' }
    const returnUrl = returnUrlOf(publicUrl, way.name)
    return way.finish(came, begun.keep, { sourceIp: sourceIp(c, parts), returnUrl })
  })
  if (admitted.kind === 'wait') return tooMany(c, admitted.seconds)
  if (admitted.kind === 'refused') {
    const { status, message } = refusals[admitted.code]
    return problemPage(c, status, message)
  }
  const { principal } = admitted
  if (begun.goal.kind === 'page') {
    const { token, expiresAt } = await parts.tokens.issue(principal)
    const seconds = (expiresAt.getTime() - parts.now().getTime()) / 1000
    if (!setSession(c, publicUrl, token, seconds))
      return problemPage(c, 400, 'The identity provider tells more of you than a browser can keep: too many groups.')
    return landingPage(c, begun.goal.to)
  }
  const { kind: _, ...program } = begun.goal
  return askConsent(room, c, principal, program)
}

const overText = 'This sign-in is over, or was begun in another browser. Begin anew.'

/** Back to the program that asked, which listens on the person's machine. */
export function redirectBack(c: Context, redirectUri: string, answer: Readonly<Record<string, string>>): Response {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(answer)) url.searchParams.set(name, value)
  c.header('Cache-Control', 'no-store')
  c.header('Referrer-Policy', 'no-referrer')
  return c.redirect(url.href, 303)
}

export function tooMany(c: Context, seconds: number): Response {
  c.header('Retry-After', String(seconds))
  return problemPage(c, 429, `That was tried too often. Wait ${seconds} seconds.`)
}

/** A path of ours to go on to; the start page for anything that leads, or could be read to lead, elsewhere. */
export function ownPath(text: string | undefined): string {
  const isOwn = text !== undefined && text.length <= 2048 && /^\/(?![/\\])[!-~]*$/.test(text) && !text.includes('\\')
  return isOwn ? text : '/'
}

/** What was sealed when a login began. Only brokers seal, so a wrong shape is one of another version. */
function readBegun(content: Readonly<Record<string, unknown>>):
  | {
      readonly authenticator: string
      readonly keep: Readonly<Record<string, string>>
      readonly goal: Goal
    }
  | undefined {
  const { authenticator, keep, goal } = content
  const after = readGoal(goal)
  if (typeof authenticator !== 'string' || typeof keep !== 'object' || keep === null || !after) return undefined
  const texts = Object.entries(keep).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { authenticator, keep: Object.fromEntries(texts), goal: after }
}

export function readGoal(goal: unknown): Goal | undefined {
  if (typeof goal !== 'object' || goal === null) return undefined
  const { kind, to, redirectUri, challenge, state }: Readonly<Record<string, unknown>> = { ...goal }
  if (kind === 'page' && typeof to === 'string') return { kind, to: ownPath(to) }
  if (kind !== 'code' || typeof redirectUri !== 'string' || typeof challenge !== 'string') return undefined
  return { kind, redirectUri, challenge, ...(typeof state === 'string' ? { state } : {}) }
}
