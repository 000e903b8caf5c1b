import { createHash } from 'node:crypto'
import type { Cloud } from '../../cloud.ts'
import { sameText } from '../../same-text.ts'
import type { Output } from '../../service.ts'
import { after, type CodeGrant, digestOf, isOver, newSecret, type OidcClient, type Person, stateOf } from '../state.ts'
import { isRegistered } from './clients.ts'
import { beginLogin, endLogin, sessionSeconds } from './logins.ts'
import { oidcFault } from './oidc-fault.ts'

const lifetime = 300

/** What a browser was sent to `/authorize` with, checked. */
export interface AuthorizationRequest {
  readonly client: OidcClient
  readonly redirectUri: string
  readonly state: string | undefined
  readonly scopes: readonly string[]
  readonly challenge: string
}

/** Why a request leads nowhere (`page`), or what is told to the client it came from (`redirect`). */
export type Refused = { readonly page: string } | { readonly redirect: string }

/**
 * Reads an authorization request (RFC 6749, section 4.1.1; RFC 7636, section 4.3). As long as it is not certain that
 * the address to go back to is the client's own, nothing is sent there.
 */
export function readAuthorization(cloud: Cloud, at: Date, query: URLSearchParams): AuthorizationRequest | Refused {
  const client = stateOf(cloud).clients.get(query.get('client_id') ?? '')
  if (!client || isOver(client.expiresAt, at)) return { page: 'The program that sent you here is not registered.' }
  const redirectUri = query.get('redirect_uri') ?? ''
  if (!isRegistered(client, redirectUri))
    return { page: 'The program that sent you here did not register its address.' }
  const state = query.get('state') ?? undefined
  const refuse = (error: string, description: string): Refused => ({
    redirect: withParameters(redirectUri, { error, error_description: description, state }),
  })
  for (const name of new Set(query.keys()))
    if (query.getAll(name).length > 1) return refuse('invalid_request', `${name} stands more than once`)
  if (query.get('response_type') !== 'code') return refuse('unsupported_response_type', 'response_type must be code')
  if (!client.grantTypes.includes('authorization_code'))
    return refuse('unauthorized_client', 'The client is not registered for the authorization_code grant')
  const challenge = query.get('code_challenge') ?? ''
  if (query.get('code_challenge_method') !== 'S256' || !/^[\w-]{43}$/.test(challenge))
    return refuse('invalid_request', 'A code_challenge with the method S256 is required')
  const scopes = (query.get('scopes') ?? query.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  if (!scopes.every((scope) => client.scopes.includes(scope)))
    return refuse('invalid_scope', 'A scope was asked for that is not registered')
  return { client, redirectUri, state, scopes, challenge }
}

/** The address that takes the person's yes, or no, back to the program. */
export function answerAuthorization(
  cloud: Cloud,
  at: Date,
  asked: AuthorizationRequest,
  person: Person | undefined,
): string {
  const { client, redirectUri, state, challenge } = asked
  if (!person)
    return withParameters(redirectUri, { error: 'access_denied', error_description: 'The request was denied', state })
  const code = newSecret(cloud)
  const grant: CodeGrant = {
    code: digestOf(code),
    clientId: client.id,
    redirectUri,
    challenge,
    personId: person.id,
    sessionEnds: after(at, sessionSeconds),
    expiresAt: after(at, lifetime),
  }
  stateOf(cloud).codeGrants.put(grant.code, grant)
  return withParameters(redirectUri, { code, state })
}

function withParameters(uri: string, parameters: Readonly<Record<string, string | undefined>>): string {
  const url = new URL(uri)
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
  return url.href
}

/** What a client sends with a code. */
export interface Redemption {
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/**
 * The tokens of an authorization code. It works once, for the client it was given to, at the address it was sent to,
 * with the verifier of its challenge; and a code that comes twice was stolen, so the login it began ends (RFC 6749,
 * section 4.1.2).
 */
export function redeemCode(cloud: Cloud, at: Date, client: OidcClient, given: Redemption): Output {
  const { codeGrants } = stateOf(cloud)
  const id = digestOf(given.code)
  const grant = codeGrants.get(id)
  const invalid = oidcFault('InvalidGrantException', 'Invalid grant provided')
  if (grant?.clientId !== client.id) throw invalid
  if (grant.loginId !== undefined) {
    endLogin(cloud, grant.loginId)
    throw invalid
  }
  const challenge = createHash('sha256').update(given.codeVerifier).digest('base64url')
  const isTheirs = sameText(challenge, grant.challenge) && grant.redirectUri === given.redirectUri
  if (!isTheirs || isOver(grant.expiresAt, at)) {
    // One guess a code.
    codeGrants.delete(id)
    throw invalid
  }
  const { id: loginId, answer } = beginLogin(cloud, at, {
    client,
    personId: grant.personId,
    sessionEnds: grant.sessionEnds,
  })
  codeGrants.put(id, { ...grant, loginId })
  return answer
}
