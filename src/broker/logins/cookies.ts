import type { CookieOptions } from 'hono/utils/cookie'

/** Whether browsers may be told to send our cookies over TLS alone: not where the broker is tried out on loopback. */
const isPlain = (publicUrl: string): boolean => {
  const { protocol, hostname } = new URL(publicUrl)
  return protocol === 'http:' && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(hostname)
}

/** The names of our cookies. `__Host-` makes browsers refuse one that another host of the domain wants to set. */
export const cookieNames = (publicUrl: string): { readonly session: string; readonly login: string } =>
  isPlain(publicUrl)
    ? { session: 'mayfly', login: 'mayfly-login' }
    : { session: '__Host-mayfly', login: '__Host-mayfly-login' }

/**
 * How they are set. The one of a login that is under way is Lax, for it is wanted when the identity provider sends the
 * browser back; the one of who is signed in is Strict.
 */
export const cookieOptions = (publicUrl: string, of: 'session' | 'login', seconds: number): CookieOptions => ({
  path: '/',
  httpOnly: true,
  secure: !isPlain(publicUrl),
  sameSite: of === 'session' ? 'Strict' : 'Lax',
  maxAge: Math.max(0, Math.floor(seconds)),
})
