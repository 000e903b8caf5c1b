import { createHash } from 'node:crypto'
import type { Configuration, CustomFetch } from 'openid-client'
import type { Host } from '../host/host.ts'
import type { OidcLoginPlace, SourceSpec } from '../model/source-spec.ts'
import { oidcFailure } from './oidc-failure.ts'
import { signIn } from './oidc-sign-in.ts'
import { chainOf } from './sessions.ts'
import { tokenClaims } from './token-claims.ts'

/** A person's sign-in to an OpenID Connect provider, as it stands now. */
export interface OidcLogin {
  readonly idToken: string
  /** When the provider says that the sign-in is over; undefined when it does not say. */
  readonly endsAt?: Date
}

/** As it rests in the vault. */
interface KeptLogin extends Pick<OidcLoginPlace, 'issuer' | 'clientId'> {
  readonly idToken: string
  /** Seconds since 1970. */
  readonly idTokenEnds: number
  readonly refreshToken?: string
  /** Milliseconds since 1970. */
  readonly endsAt?: number
}

/** An ID token with less life than this (seconds) is replaced. */
const margin = 60

/**
 * The ID token of the person who signed in: the kept one while it lives, else a new one for the kept refresh token,
 * else one from a sign-in by browser or device. One sign-in for any number of callers, roles and processes. Rejects
 * with a `Failure`: `login-needed` when nobody signed in, `input-needed` when nobody may be asked, `network`.
 */
export function oidcLogin(place: OidcLoginPlace, host: Host): Promise<OidcLogin> {
  const name = loginName(place)
  return host.exclusively(`oidc-${name}`, async () => {
    const kept = parseLogin(await host.vault.get(name))
    const now = Math.floor(host.now().getTime() / 1000)
    if (kept && kept.idTokenEnds - now > margin && !isOver(kept, host.now())) return loginOf(kept)
    const config = await discovered(place, host)
    const answer = (await refreshed(config, kept, host)) ?? (await signIn(config, place, host))
    const { issuer, clientId } = place
    const fresh: KeptLogin = { issuer, clientId, ...tokensIn(answer, kept?.refreshToken, host.now()) }
    await host.vault.put(name, JSON.stringify({ version, ...fresh }))
    return loginOf(fresh)
  })
}

/** A sign-in that was forgotten here. */
export interface EndedLogin {
  readonly issuer: string
  /** Whether the provider was told, and takes its refresh token no more. */
  readonly revoked: boolean
}

/**
 * Forgets the sign-ins the spec stands on, or all, so that the next call asks for one, and tells their providers where
 * those can be reached and take it (RFC 7009).
 */
export async function endOidcLogins(host: Host, spec?: SourceSpec): Promise<readonly EndedLogin[]> {
  const places =
    spec &&
    chainOf(spec).flatMap((hop) => (hop.kind === 'web-identity' && hop.token.from === 'login' ? [hop.token] : []))
  const names = places ? places.map(loginName) : await host.vault.list(prefix)
  const ended: EndedLogin[] = []
  for (const name of names) {
    const kept = parseLogin(await host.vault.get(name))
    await host.vault.delete(name)
    if (kept) ended.push({ issuer: kept.issuer, revoked: await revoked(kept, host) })
  }
  return ended
}

async function revoked({ issuer, clientId, refreshToken }: KeptLogin, host: Host): Promise<boolean> {
  if (refreshToken === undefined) return false
  try {
    const config = await discovered({ issuer, clientId }, host)
    if (config.serverMetadata().revocation_endpoint === undefined) return false
    const { tokenRevocation } = await import('openid-client')
    await tokenRevocation(config, refreshToken)
    return true
  } catch {
    return false
  }
}

const prefix = 'oidc-login/'

/** Sign-ins are one for all roles and ports: only who asks whom for what tells them apart. */
function loginName({ issuer, clientId, scopes }: OidcLoginPlace): string {
  const text = JSON.stringify([issuer, clientId, [...scopes].sort()])
  return `${prefix}${createHash('sha256').update(text).digest('hex')}`
}

async function discovered(
  { issuer, clientId }: Pick<OidcLoginPlace, 'issuer' | 'clientId'>,
  host: Host,
): Promise<Configuration> {
  const { allowInsecureRequests, customFetch, discovery, None } = await import('openid-client')
  // Elsewhere than on this machine an issuer without TLS is refused.
  const isHere = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(issuer)
  try {
    return await discovery(new URL(issuer), clientId, undefined, None(), {
      [customFetch]: fetchOf(host),
      execute: isHere ? [allowInsecureRequests] : [],
    })
  } catch (error) {
    throw oidcFailure(error, `The provider ${issuer} could not be asked`)
  }
}

/** What the protocols here send is forms, or nothing. Redirects are followed by nobody. */
const fetchOf =
  (host: Host): CustomFetch =>
  (url, { method, headers, body, signal }) => {
    const form = body instanceof URLSearchParams || typeof body === 'string' ? { body } : {}
    return host.fetch(new Request(url, { method, headers, redirect: 'manual', ...form, ...(signal ? { signal } : {}) }))
  }

/** What a provider answers when it gives tokens. */
export interface TokenAnswer {
  readonly id_token?: string | undefined
  readonly refresh_token?: string | undefined
  /** Seconds; not in the standard, but how several providers say when a sign-in is over. */
  readonly refresh_expires_in?: unknown
}

/** New tokens for the refresh token; undefined when there is none, or when the provider no longer takes it. */
async function refreshed(
  config: Configuration,
  kept: KeptLogin | undefined,
  host: Host,
): Promise<TokenAnswer | undefined> {
  if (!kept?.refreshToken || isOver(kept, host.now())) return undefined
  const { refreshTokenGrant, ResponseBodyError } = await import('openid-client')
  try {
    const answer = await refreshTokenGrant(config, kept.refreshToken)
    return answer.id_token === undefined ? undefined : answer
  } catch (error) {
    if (error instanceof ResponseBodyError) return undefined
    throw oidcFailure(error, 'The sign-in could not be renewed')
  }
}

const isOver = ({ endsAt }: KeptLogin, now: Date): boolean => endsAt !== undefined && endsAt <= now.getTime()

function tokensIn(answer: TokenAnswer, before: string | undefined, now: Date): Omit<KeptLogin, 'issuer' | 'clientId'> {
  const idToken = answer.id_token ?? ''
  const refreshToken = answer.refresh_token ?? before
  const lasts = Number(answer.refresh_expires_in)
  return {
    idToken,
    idTokenEnds: endOf(idToken),
    ...(refreshToken === undefined ? {} : { refreshToken }),
    // Keycloak says 0 of a sign-in that does not end by itself.
    ...(answer.refresh_token !== undefined && lasts > 0 ? { endsAt: now.getTime() + lasts * 1000 } : {}),
  }
}

function endOf(idToken: string): number {
  const end = Number(tokenClaims(idToken).get('exp'))
  return Number.isFinite(end) ? end : 0
}

const loginOf = ({ idToken, endsAt }: KeptLogin): OidcLogin => ({
  idToken,
  ...(endsAt === undefined ? {} : { endsAt: new Date(endsAt) }),
})

const version = 1

function parseLogin(text: string | undefined): KeptLogin | undefined {
  try {
    const found = JSON.parse(text ?? 'null')
    return found?.version === version && typeof found.idToken === 'string' ? found : undefined
  } catch {
    return undefined
  }
}
