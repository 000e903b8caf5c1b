import { createHash } from 'node:crypto'
import { after, digestOf, isOver, newSecret } from '../identity-center/state.ts'
import { sameText } from '../same-text.ts'
import type { Call } from '../service.ts'
import { aliveAs } from './browser.ts'
import { trailIdentity } from './identity.ts'
import { invalidRequest, signInDenied } from './signin-fault.ts'
import { type AuthorizationCode, type Identity, stateOf } from './state.ts'

const clients = {
  /** The browser brings the code to the program, on the same machine. */
  'arn:aws:signin:::devtools/same-device': 'localhost',
  /** The person takes the code to the program. */
  'arn:aws:signin:::devtools/cross-device': 'remote',
} as const

export type ClientId = keyof typeof clients
export const isClientId = (text: string): text is ClientId => Object.hasOwn(clients, text)

/** Where the pages of the confirmation are, for programs on another machine. */
export const confirmationPath = '/v1/sessions/confirmation'
const codeSeconds = 600

/** What a browser was sent to `/v1/authorize` with, checked. */
export interface AuthorizationRequest {
  readonly clientId: ClientId
  readonly redirectUri: string
  readonly state: string
  readonly challenge: string
}

/** What of a call is needed to ask the policies about it. */
export type Asking = Pick<Call, 'cloud' | 'at' | 'region' | 'authorize' | 'note'>

/** Why a request leads nowhere (`page`), or what is told to the program it came from (`redirect`). */
export type Refused = { readonly page: string } | { readonly redirect: string }

/**
 * Reads a request that came to `base` (`http://127.0.0.1:port`). As long as it is not certain where the answer may go,
 * the person is told and nobody else.
 */
export function readAuthorization(base: string, query: URLSearchParams): AuthorizationRequest | Refused {
  const one = (name: string): string | undefined => {
    const values = query.getAll(name)
    return values.length === 1 ? values[0] : undefined
  }
  const clientId = one('client_id') ?? ''
  const redirectUri = one('redirect_uri') ?? ''
  const state = one('state')
  if (!isClientId(clientId)) return { page: 'The program that asks is not known.' }
  if (!isRedirect(base, clientId, redirectUri)) return { page: 'The answer may not go to the redirect_uri.' }
  const refuse = (error: string, error_description: string): Refused => ({
    redirect: withParameters(redirectUri, { error, error_description, ...(state === undefined ? {} : { state }) }),
  })
  if (state === undefined || state.length > 512) return refuse('invalid_request', 'state is missing')
  if (one('response_type') !== 'code') return refuse('unsupported_response_type', 'response_type must be code')
  if (one('scope') !== 'openid') return refuse('invalid_scope', 'scope must be openid')
  // Alone among OAuth servers, not S256.
  if (one('code_challenge_method') !== 'SHA-256')
    return refuse('invalid_request', 'code_challenge_method must be SHA-256')
  const challenge = one('code_challenge') ?? ''
  if (!/^[\w-]{43}$/.test(challenge)) return refuse('invalid_request', 'code_challenge is not a SHA-256 digest')
  return { clientId, redirectUri, state, challenge }
}

function isRedirect(base: string, clientId: ClientId, uri: string): boolean {
  if (clients[clientId] === 'remote') return uri === base + confirmationPath
  return /^http:\/\/(?:127\.0\.0\.1|\[::1\]):[1-9]\d{0,4}\/oauth\/callback$/.test(uri)
}

/** The address that takes the person's yes, or no, back to the program. Their policies must let programs act for them. */
export function answerAuthorization(call: Asking, asked: AuthorizationRequest, yes: Consent | undefined): string {
  const { redirectUri, state, clientId, challenge } = asked
  if (!yes)
    return withParameters(redirectUri, { error: 'access_denied', error_description: 'The request was denied', state })
  permit(call, 'AuthorizeOAuth2Access', yes.identity, clientId)
  const code = newSecret(call.cloud)
  const grant: AuthorizationCode = {
    ...{ digest: digestOf(code), clientId, redirectUri, challenge, identity: yes.identity },
    expiresAt: after(call.at, codeSeconds),
    loginEnds: yes.endsAt,
  }
  stateOf(call.cloud).codes.put(grant.digest, grant)
  return withParameters(redirectUri, { code, state })
}

interface Consent {
  readonly identity: Identity
  readonly endsAt: string
}

function withParameters(uri: string, parameters: Readonly<Record<string, string>>): string {
  const url = new URL(uri)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** Asks the policies of whoever signed in; throws INSUFFICIENT_PERMISSIONS or USER_CREDENTIALS_CHANGED. */
export function permit(call: Asking, operation: string, identity: Identity, clientId: ClientId): void {
  call.note({ operation, vouched: { accountId: identity.accountId, userIdentity: trailIdentity(identity) } })
  const caller = aliveAs(call, identity)
  if (!caller) throw signInDenied('USER_CREDENTIALS_CHANGED', 'The credentials of the user changed since the sign-in')
  const resource = `arn:aws:signin:${call.region}:${identity.accountId}:oauth2/public-client/${clients[clientId]}`
  try {
    call.authorize({ action: `signin:${operation}`, resource }, caller)
  } catch (error) {
    throw signInDenied('INSUFFICIENT_PERMISSIONS', error instanceof Error ? error.message : 'Access denied')
  }
}

/** What a program sends with a code. */
export interface Redemption {
  readonly clientId: string
  readonly code: string
  readonly redirectUri: string
  readonly codeVerifier: string
}

/**
 * What was agreed to in the browser. A code works once, for the program it was given to, at the address it was sent to,
 * with the verifier of its challenge; a guess at the verifier spends it, and one that comes twice was stolen, so the
 * login it began ends (RFC 6749, section 4.1.2).
 */
export function redeemCode({ cloud, at }: Pick<Call, 'cloud' | 'at'>, given: Redemption): AuthorizationCode {
  const { codes, logins } = stateOf(cloud)
  const code = codes.get(digestOf(given.code))
  const invalid = signInDenied('AUTHCODE_EXPIRED', 'The authorization code is not valid, was used, or is over')
  if (code?.clientId !== given.clientId) throw invalid
  if (code.loginId !== undefined) {
    logins.delete(code.loginId)
    throw invalid
  }
  const challenge = createHash('sha256').update(given.codeVerifier).digest('base64url')
  const isTheirs = sameText(challenge, code.challenge) && code.redirectUri === given.redirectUri
  if (isTheirs && !isOver(code.expiresAt, at)) return code
  codes.delete(code.digest)
  if (isTheirs) throw invalid
  throw invalidRequest('The code verifier or the redirect address is not the one of the authorization code')
}
