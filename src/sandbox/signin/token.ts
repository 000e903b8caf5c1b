import { createHmac } from 'node:crypto'
import { headerOf } from '../../wire/message.ts'
import type { Cloud } from '../cloud.ts'
import { isOver, newUuid } from '../identity-center/state.ts'
import { type IssuedCredentials, issueSession } from '../issue-session.ts'
import { sameText } from '../same-text.ts'
import type { Call, Output } from '../service.ts'
import { readInput, required, text } from '../shape.ts'
import { type ClientId, isClientId, permit, redeemCode } from './authorization.ts'
import { provenThumbprint } from './dpop.ts'
import { idTokenFor } from './id-token.ts'
import { invalidRequest, signInDenied } from './signin-fault.ts'
import { type Identity, type Login, stateOf } from './state.ts'

/** Seconds that credentials last. */
const credentialSeconds = 900
/** Milliseconds within which a refresh that comes again gets the answer of before: SDKs in parallel know no lock. */
const repeatWindow = 5 * 60_000

const secret = (max: number) => text({ min: 1, max, sensitive: true })
const request = {
  clientId: required(text({ min: 1, max: 256 })),
  grantType: required(text({ min: 1, max: 64 })),
  code: secret(512),
  redirectUri: text({ min: 1, max: 2048 }),
  codeVerifier: text({ min: 43, max: 128, sensitive: true, pattern: '[A-Za-z0-9\\-._~]+' }),
  refreshToken: secret(2048),
}

/** CreateOAuth2Token: credentials for a code of the browser, and again and again for the refresh token that came with them. */
export async function createToken(call: Call): Promise<Output> {
  call.note({ operation: 'CreateOAuth2Token', readOnly: false })
  const input = readInput(request, await readBody(call))
  const { clientId, grantType } = input
  call.note({ operation: 'CreateOAuth2Token', requestParameters: { clientId, grantType } })
  if (!isClientId(clientId)) throw invalidRequest('The client id is not known')
  const thumbprint = await provenThumbprint(call)
  if (grantType === 'refresh_token')
    return refresh(call, clientId, thumbprint, given(input.refreshToken, 'refreshToken'))
  if (grantType !== 'authorization_code')
    throw invalidRequest('The grant type must be authorization_code or refresh_token')
  const code = given(input.code, 'code')
  const redirectUri = given(input.redirectUri, 'redirectUri')
  const codeVerifier = given(input.codeVerifier, 'codeVerifier')
  return begin(call, clientId, thumbprint, { code, redirectUri, codeVerifier })
}

function given(value: string | undefined, name: string): string {
  if (value === undefined) throw invalidRequest(`${name} is missing`)
  return value
}

async function begin(
  call: Call,
  clientId: ClientId,
  thumbprint: string,
  typed: { readonly code: string; readonly redirectUri: string; readonly codeVerifier: string },
): Promise<Output> {
  const { cloud, at } = call
  // First what waits: a code must not be looked at twice before it is marked as used.
  const signer = await idTokenFor(call)
  const code = redeemCode(call, { ...typed, clientId })
  const id = newUuid(cloud)
  stateOf(cloud).codes.put(code.digest, { ...code, loginId: id })
  permit(call, 'CreateOAuth2Token', code.identity, clientId)
  const issued = issueFor(call, code.identity, code.loginEnds)
  const login: Login = {
    ...{ id, clientId, thumbprint, identity: code.identity, endsAt: code.loginEnds, generation: 1 },
    renewedAt: at.toISOString(),
    accessKeyId: issued.AccessKeyId,
  }
  stateOf(cloud).logins.put(id, login)
  return { ...answerOf(call, login, issued), idToken: signer(code.identity, clientId) }
}

function refresh(call: Call, clientId: ClientId, thumbprint: string, token: string): Output {
  const { cloud, at } = call
  const { logins } = stateOf(cloud)
  const [id = '', count = '', seal = ''] = token.split('.')
  const login = logins.get(id)
  const expired = signInDenied('TOKEN_EXPIRED', 'The refresh token is not valid, or the sign-in is over')
  if (!login || !sameText(seal, sealOf(cloud, id, Number(count)))) throw expired
  if (login.clientId !== clientId) throw invalidRequest('The refresh token is of another client')
  if (!sameText(login.thumbprint, thumbprint))
    throw invalidRequest('The DPoP proof is not by the key that the refresh token is bound to')
  if (isOver(login.endsAt, at)) throw expired
  permit(call, 'CreateOAuth2Token', login.identity, clientId)
  const isRepeated = Number(count) === login.generation - 1
  const kept = isRepeated && within(login.renewedAt, at) ? cloud.sessions.get(login.accessKeyId) : undefined
  if (kept) {
    const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken, expiresAt } = kept
    return answerOf(call, login, { AccessKeyId, SecretAccessKey, SessionToken, Expiration: new Date(expiresAt) })
  }
  if (Number(count) !== login.generation) throw expired
  const issued = issueFor(call, login.identity, login.endsAt)
  const renewed: Login = {
    ...login,
    generation: login.generation + 1,
    renewedAt: at.toISOString(),
    accessKeyId: issued.AccessKeyId,
  }
  logins.put(id, renewed)
  return answerOf(call, renewed, issued)
}

const within = (since: string, at: Date): boolean => at.getTime() - new Date(since).getTime() < repeatWindow

function issueFor({ cloud, at }: Call, identity: Identity, endsAt: string): IssuedCredentials {
  const { passwordDigest, ...grant } = identity
  const left = Math.floor((new Date(endsAt).getTime() - at.getTime()) / 1000)
  if (left < 1) throw signInDenied('TOKEN_EXPIRED', 'The sign-in is over')
  return issueSession(cloud, at, { ...grant, duration: Math.min(credentialSeconds, left) })
}

function answerOf({ cloud, at }: Call, login: Login, issued: IssuedCredentials): Output {
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = issued
  const left = Math.floor((issued.Expiration.getTime() - at.getTime()) / 1000)
  return {
    accessToken: { accessKeyId, secretAccessKey, sessionToken },
    tokenType: 'aws_sigv4',
    expiresIn: Math.max(1, Math.min(credentialSeconds, left)),
    refreshToken: `${login.id}.${login.generation}.${sealOf(cloud, login.id, login.generation)}`,
  }
}

/** Made again when a token is to be checked or repeated, so that none is kept. */
const sealOf = (cloud: Cloud, id: string, generation: number): string =>
  createHmac('sha256', sealKey(cloud)).update(`${id} ${generation}`).digest('base64url')

function sealKey(cloud: Cloud): Buffer {
  const secrets = cloud.store.table<{ readonly key: string }>('secret')
  const name = 'signin-refresh-tokens'
  const known = secrets.get(name)
  if (known) return Buffer.from(known.key, 'base64')
  const key = Buffer.from(cloud.randomBytes(32))
  secrets.put(name, { key: key.toString('base64') })
  return key
}

/** JSON or a form; names as the SDKs spell them, or as OAuth does. */
async function readBody(call: Call): Promise<object> {
  const body = Buffer.from(await call.body(64 * 1024)).toString('utf8')
  const type = headerOf(call.request, 'content-type') ?? ''
  if (/^application\/x-www-form-urlencoded\b/i.test(type)) return spelt(Object.fromEntries(new URLSearchParams(body)))
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    value = undefined
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidRequest('The request body is not a JSON object')
  return spelt(value)
}

const spelt = (members: object): object =>
  Object.fromEntries(
    Object.entries(members).map(([name, value]: [string, unknown]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  )
