import type { Cloud } from '../../cloud.ts'
import { sameText } from '../../same-text.ts'
import type { Output } from '../../service.ts'
import {
  after,
  digestOf,
  isOver,
  type Login,
  newSecret,
  newUuid,
  type OidcClient,
  type Person,
  stateOf,
} from '../state.ts'
import { oidcFault } from './oidc-fault.ts'

/** A person stays signed in for so long: AWS's default. */
export const sessionSeconds = 8 * 3600
const accessSeconds = 3600
const accountAccess = 'sso:account:access'

/** A sign-in that was proven. */
interface Proof {
  readonly client: OidcClient
  readonly personId: string
  readonly sessionEnds: string
}

/**
 * Begins a login and gives its tokens. A client that registered for the scope of accounts gets tokens for an hour and
 * refreshes them until the session ends; one without scopes gets a token for the whole session and no refresh.
 */
export function beginLogin(
  cloud: Cloud,
  at: Date,
  { client, personId, sessionEnds }: Proof,
): { id: string; answer: Output } {
  const isRefreshable = client.scopes.includes(accountAccess) && client.grantTypes.includes('refresh_token')
  const refreshToken = isRefreshable ? `aor${newSecret(cloud)}` : undefined
  const login: Login = {
    id: newUuid(cloud),
    clientId: client.id,
    personId,
    scopes: client.scopes,
    endsAt: sessionEnds,
    ...(refreshToken === undefined ? {} : { refreshDigest: digestOf(refreshToken) }),
  }
  stateOf(cloud).logins.put(login.id, login)
  return { id: login.id, answer: { ...accessFor(cloud, at, login), ...(refreshToken && { refreshToken }) } }
}

/**
 * A new access token for a refresh token. The refresh token stays what it is: several programs share one file, and
 * whoever was second would be signed out by one that changes.
 */
export function refreshLogin(cloud: Cloud, at: Date, client: OidcClient, refreshToken: string): Output {
  const digest = digestOf(refreshToken)
  for (const login of stateOf(cloud).logins.values()) {
    if (login.refreshDigest === undefined || !sameText(login.refreshDigest, digest)) continue
    if (login.clientId !== client.id || isOver(login.endsAt, at) || !stateOf(cloud).people.get(login.personId)) break
    return { ...accessFor(cloud, at, login), refreshToken }
  }
  throw oidcFault('InvalidGrantException', 'Invalid refresh token provided')
}

function accessFor(cloud: Cloud, at: Date, login: Login): Output {
  const accessToken = `aoa${newSecret(cloud)}`
  const left = Math.floor((new Date(login.endsAt).getTime() - at.getTime()) / 1000)
  const expiresIn = login.refreshDigest === undefined ? left : Math.min(left, accessSeconds)
  const digest = digestOf(accessToken)
  stateOf(cloud).accessTokens.put(digest, { digest, loginId: login.id, expiresAt: after(at, expiresIn) })
  return { accessToken, tokenType: 'Bearer', expiresIn }
}

/** The login an access token stands for and whose it is; undefined when the token is not known or over. */
export function loginOf(cloud: Cloud, at: Date, token: string): { login: Login; person: Person } | undefined {
  const { accessTokens, logins, people } = stateOf(cloud)
  const access = accessTokens.get(digestOf(token))
  const login = access && !isOver(access.expiresAt, at) ? logins.get(access.loginId) : undefined
  const person = login && people.get(login.personId)
  return login && person ? { login, person } : undefined
}

/** Ends a login: none of its tokens is known any more. Role sessions taken with them go on. */
export function endLogin(cloud: Cloud, loginId: string): void {
  const { accessTokens, logins } = stateOf(cloud)
  logins.delete(loginId)
  for (const one of [...accessTokens.values()]) if (one.loginId === loginId) accessTokens.delete(one.digest)
}
