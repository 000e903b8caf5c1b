import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { CookieOptions } from 'hono/utils/cookie'

/** Whether browsers may be told to send our cookies over TLS alone: not where the broker is tried out on loopback. */
const isPlain = (publicUrl: string): boolean => {
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'http:' && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)
}

/** The names of our cookies. `__Host-` makes browsers refuse one that another host of the domain wants to set. */
const cookieNames = (publicUrl: string): { readonly session: string; readonly login: string } =>
  isPlain(publicUrl)
    ? { session: 'mayfly', login: 'mayfly-login' }
    : { session: '__Host-mayfly', login: '__Host-mayfly-login' }

/**
 * How they are set. The one of a login that is under way is Lax, for it is wanted when the identity provider sends the
 * browser back; the one of who is signed in is Strict.
 */
const optionsFor = (publicUrl: string, sameSite: 'Strict' | 'Lax', seconds: number): CookieOptions => ({
  path: '/',
  httpOnly: true,
  secure: !isPlain(publicUrl),
  sameSite,
  maxAge: Math.max(0, Math.floor(seconds)),
})

// Browsers drop a cookie of more than 4096 bytes without a word, and somebody in two hundred groups needs more.
const perCookie = 3500
const mostCookies = 4

const partName = (name: string, place: number): string => (place === 0 ? name : `${name}-${place}`)

/** Hands the browser its login. False, and nothing is set, when it is too long for cookies. */
export function setSession(c: Context, publicUrl: string, token: string, seconds: number): boolean {
  if (token.length > perCookie * mostCookies) return false
  const options = optionsFor(publicUrl, 'Strict', seconds)
  const name = cookieNames(publicUrl).session
  for (let place = 0; place * perCookie <= token.length; place++)
    setCookie(c, partName(name, place), token.slice(place * perCookie, (place + 1) * perCookie), options)
  return true
}

/** The login that the browser shows. A part that is full has another behind it. */
export function getSession(c: Context, publicUrl: string): string | undefined {
  const name = cookieNames(publicUrl).session
  let token = ''
  for (let place = 0; place <= mostCookies; place++) {
    const part = getCookie(c, partName(name, place))
    if (part === undefined) return undefined
    token += part
    if (part.length < perCookie) return token === '' ? undefined : token
  }
  return undefined
}

export function endSession(c: Context, publicUrl: string): void {
  const { maxAge: _, ...options } = optionsFor(publicUrl, 'Strict', 0)
  const name = cookieNames(publicUrl).session
  for (let place = 0; place <= mostCookies; place++)
    if (place === 0 || getCookie(c, partName(name, place)) !== undefined)
      deleteCookie(c, partName(name, place), options)
}

export const setLogin = (c: Context, publicUrl: string, sealed: string, seconds: number): void =>
  setCookie(c, cookieNames(publicUrl).login, sealed, optionsFor(publicUrl, 'Lax', seconds))

/** The login that is under way, once: the cookie is taken away. */
export function takeLogin(c: Context, publicUrl: string): string | undefined {
  const { maxAge: _, ...options } = optionsFor(publicUrl, 'Lax', 0)
  return deleteCookie(c, cookieNames(publicUrl).login, options)
}
