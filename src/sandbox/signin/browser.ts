import { headerOf } from '../../wire/message.ts'
import { Fault } from '../fault.ts'
import { after, digestOf, isOver, newSecret } from '../identity-center/state.ts'
import { sameText } from '../same-text.ts'
import type { Call, Caller } from '../service.ts'
import { callerOf, isPasswordCurrent } from './identity.ts'
import { type ConsoleSession, type Identity, signInSeconds, stateOf } from './state.ts'

/** The browser a request came from, by its cookie: known before anyone signs in, so that forms can be tied to it. */
export interface Browser {
  /** Present when somebody is signed in, or has given their password and still owes a code. */
  readonly session: ConsoleSession | undefined
  /** For a hidden field of every form: proves that the form came from a page this browser was shown. */
  readonly formToken: string
  /** To be set where the browser brought none. */
  readonly cookie: string | undefined
}

/** Cookies are shared by all ports of a host, so the name has the port. */
const cookieName = (endpoint: string): string => `mayfly-console-${new URL(endpoint).port}`

// Lax and not Strict: federation sends people here from other places, and they are to arrive signed in.
const cookieHeader = ({ endpoint }: Call, value: string, seconds = signInSeconds): string =>
  `${cookieName(endpoint)}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${seconds}`

/** Who a request is from. Somebody whose user, role or password is not what it was is signed out. */
export function browserOf(call: Call): Browser {
  const brought = cookieIn(call)
  const value = brought ?? newSecret(call.cloud)
  const kept = brought === undefined ? undefined : stateOf(call.cloud).consoleSessions.get(digestOf(brought))
  const session = kept && !isOver(kept.endsAt, call.at) && aliveAs(call, kept.identity) ? kept : undefined
  return {
    session,
    formToken: formTokenOf(value),
    cookie: brought === undefined ? cookieHeader(call, value) : undefined,
  }
}

/** The caller an identity still is; undefined when user, role or password changed since. */
export function aliveAs({ cloud, at }: Pick<Call, 'cloud' | 'at'>, identity: Identity): Caller | undefined {
  const caller = callerOf(cloud, at, identity)
  return caller && isPasswordCurrent(cloud, caller, identity) ? caller : undefined
}

function cookieIn(call: Call): string | undefined {
  const name = cookieName(call.endpoint)
  for (const pair of (headerOf(call.request, 'cookie') ?? '').split(/;\s*/)) {
    const value = pair.startsWith(`${name}=`) ? pair.slice(name.length + 1) : undefined
    if (value !== undefined && /^[\w-]{43}$/.test(value)) return value
  }
  return undefined
}

/** Opens a console session. The cookie is a new one: whoever knew the one of before is not signed in with it. */
export function openSession(call: Call, session: Omit<ConsoleSession, 'digest' | 'endsAt'>, endsAt?: string): string {
  const { cloud, at } = call
  closeSession(call)
  const value = newSecret(cloud)
  const digest = digestOf(value)
  const seconds = session.awaitsCode ? 300 : signInSeconds
  stateOf(cloud).consoleSessions.put(digest, { ...session, digest, endsAt: endsAt ?? after(at, seconds) })
  return cookieHeader(call, value)
}

/** Signs the browser out. */
export function closeSession(call: Call): string {
  const value = cookieIn(call)
  if (value !== undefined) stateOf(call.cloud).consoleSessions.delete(digestOf(value))
  return cookieHeader(call, '', 0)
}

/** The fields of a form, once it is certain that one of our own pages sent it. Throws a refusal. */
export async function readForm(call: Call): Promise<URLSearchParams> {
  const type = headerOf(call.request, 'content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw new Fault('NotAForm', 415, 'This is not a form.')
  const isOurs = headerOf(call.request, 'origin') === `http://${headerOf(call.request, 'host') ?? ''}`
  const form = new URLSearchParams(Buffer.from(await call.body(64 * 1024)).toString('utf8'))
  const cookie = cookieIn(call)
  const isThisBrowser = cookie !== undefined && sameText(form.get('form_token') ?? '', formTokenOf(cookie))
  if (isOurs && isThisBrowser) return form
  throw new Fault(
    'ForeignForm',
    403,
    'This form was not sent from a page of the sandbox. Go back, reload it and try again.',
  )
}

/** Tells nothing of the cookie, which is 256 random bits, and cannot be made without it. */
const formTokenOf = (cookie: string): string => digestOf(`form ${cookie}`)
