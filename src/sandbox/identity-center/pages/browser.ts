import { createHmac } from 'node:crypto'
import { headerOf } from '../../../wire/message.ts'
import type { Cloud } from '../../cloud.ts'
import { Fault } from '../../fault.ts'
import { sameText } from '../../same-text.ts'
import type { Call } from '../../service.ts'
import { sessionSeconds } from '../oidc/logins.ts'
import { after, digestOf, isOver, newSecret, type Person, stateOf } from '../state.ts'

/** The browser a request came from, by its cookie: known before anyone signs in, so that forms can be tied to it. */
export interface Browser {
  readonly person: Person | undefined
  /** For a hidden field of every form: proves that the form came from a page this browser was shown. */
  readonly formToken: string
  /** To be set where the browser brought none. */
  readonly cookie: string | undefined
}

/** Cookies are shared by all ports of a host, so the name has the port. */
const cookieName = (endpoint: string): string => `mayfly-identity-center-${new URL(endpoint).port}`

const cookieHeader = (call: Call, value: string): string =>
  `${cookieName(call.endpoint)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${sessionSeconds}`

/** Who a request is from. */
export function browserOf(call: Call): Browser {
  const brought = cookieIn(call)
  const value = brought ?? newSecret(call.cloud)
  const { browserSessions, people } = stateOf(call.cloud)
  const session = brought === undefined ? undefined : browserSessions.get(digestOf(brought))
  return {
    person: session && !isOver(session.endsAt, call.at) ? people.get(session.personId) : undefined,
    formToken: formTokenOf(call.cloud, value),
    cookie: brought === undefined ? cookieHeader(call, value) : undefined,
  }
}

function cookieIn(call: Call): string | undefined {
  const name = cookieName(call.endpoint)
  for (const pair of (headerOf(call.request, 'cookie') ?? '').split(/;\s*/)) {
    const value = pair.startsWith(`${name}=`) ? pair.slice(name.length + 1) : undefined
    if (value !== undefined && /^[\w-]{43}$/.test(value)) return value
  }
  return undefined
}

/** Signs a person in. The cookie is a new one: whoever knew the one of before is not signed in with it. */
export function signIn(call: Call, person: Person): string {
  const value = newSecret(call.cloud)
  const digest = digestOf(value)
  stateOf(call.cloud).browserSessions.put(digest, {
    digest,
    personId: person.id,
    endsAt: after(call.at, sessionSeconds),
  })
  return cookieHeader(call, value)
}

/** Signs the browser out. */
export function signOut(call: Call): string {
  const value = cookieIn(call)
  if (value !== undefined) stateOf(call.cloud).browserSessions.delete(digestOf(value))
  return `${cookieName(call.endpoint)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`
}

/** The fields of a form, once it is certain that one of our own pages sent it. Throws a refusal. */
export async function readForm(call: Call): Promise<URLSearchParams> {
  const type = headerOf(call.request, 'content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) throw new Fault('NotAForm', 415, 'This is not a form.')
  const host = headerOf(call.request, 'host') ?? ''
  const isOurs = headerOf(call.request, 'origin') === `http://${host}`
  const form = new URLSearchParams(Buffer.from(await call.body(64 * 1024)).toString('utf8'))
  const cookie = cookieIn(call)
  const isThisBrowser = cookie !== undefined && sameText(form.get('form_token') ?? '', formTokenOf(call.cloud, cookie))
  if (isOurs && isThisBrowser) return form
  throw new Fault(
    'ForeignForm',
    403,
    'This form was not sent from a page of the sandbox. Go back, reload it and try again.',
  )
}

const formTokenOf = (cloud: Cloud, cookie: string): string =>
  createHmac('sha256', formKey(cloud)).update(cookie).digest('base64url')

function formKey(cloud: Cloud): Buffer {
  const secrets = cloud.store.table<{ readonly key: string }>('secret')
  const name = 'identity-center-forms'
  const known = secrets.get(name)
  if (known) return Buffer.from(known.key, 'base64')
  const key = Buffer.from(cloud.randomBytes(32))
  secrets.put(name, { key: key.toString('base64') })
  return key
}
