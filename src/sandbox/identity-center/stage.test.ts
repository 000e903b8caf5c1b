// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import type { TestContext } from 'node:test'
import type { SigningKey } from '../../model/signing-key.ts'
import type { WireRequest } from '../../wire/message.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { account, controlCall, type Reply, type Stage, send, setStage } from '../stage.test.ts'
import { makeSample } from './sample.ts'

export { account, otherAccount, type Stage } from '../stage.test.ts'

/** A stage with the people of the sample. */
export async function setSsoStage(t: TestContext): Promise<Stage> {
  const stage = await setStage(t)
  makeSample(stage.sandbox.cloud)
  return stage
}

export interface Json {
  readonly status: number
  readonly errorType: string | undefined
  readonly body: Record<string, unknown>
}

const jsonOf = ({ status, headers, text }: Reply): Json => ({
  status,
  errorType: headers['x-amzn-errortype']?.toString(),
  body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
})

const host = ({ sandbox }: Stage): readonly [string, string] => ['Host', new URL(sandbox.endpoint).host]

/** Posts JSON to sso-oidc, unsigned. */
export async function oidc(stage: Stage, path: string, body: unknown): Promise<Json> {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const headers = [
    host(stage),
    ['Content-Type', 'application/json'],
    ['Content-Length', String(Buffer.byteLength(text))],
  ]
  return jsonOf(await send(stage, { method: 'POST', target: path, headers: headers as [string, string][] }, text))
}

/** Makes a signed call of an administrator: `sso` or `identitystore`. */
export async function admin(
  stage: Stage,
  operation: string,
  input: object,
  key: SigningKey = stage.sandbox,
): Promise<Json> {
  const service = /User|Group/.test(operation) ? 'identitystore' : 'sso'
  const prefix = service === 'sso' ? 'SWBExternalService' : 'AWSIdentityStore'
  const body = JSON.stringify(input)
  const request: WireRequest = {
    method: 'POST',
    target: '/',
    headers: [
      host(stage),
      ['Content-Type', 'application/x-amz-json-1.1'],
      ['X-Amz-Target', `${prefix}.${operation}`],
      ['Content-Length', String(Buffer.byteLength(body))],
    ],
  }
  const signed = sign(request, { body }, key, { region: 'us-east-1', service }, stage.now)
  const answer = jsonOf(await send(stage, signed, body))
  const type = answer.body.__type
  return { ...answer, errorType: typeof type === 'string' ? type : undefined }
}

/** The administrator's key of the other account. */
export function otherAdmin({ sandbox }: Stage): SigningKey {
  const found = sandbox.accounts.find(({ accountId }) => accountId !== account)
  assert.ok(found)
  return found
}

/** Calls the portal with a token. */
export async function portal(stage: Stage, target: string, token = '', method = 'GET'): Promise<Json> {
  const headers: [string, string][] = [[...host(stage)], ['x-amz-sso_bearer_token', token]]
  return jsonOf(await send(stage, { method, target, headers }))
}

export interface Client {
  readonly clientId: string
  readonly clientSecret: string
}

const callback = 'http://127.0.0.1/oauth/callback'

/** Registers a program for the browser (`authorization_code`) or, without `redirectUris`, for device codes. */
export async function register(stage: Stage, more: object = { redirectUris: [callback] }): Promise<Client> {
  const isForBrowser = 'redirectUris' in more
  const { status, body } = await oidc(stage, '/client/register', {
    clientName: 'test',
    clientType: 'public',
    scopes: ['sso:account:access'],
    ...(isForBrowser ? { grantTypes: ['authorization_code', 'refresh_token'] } : {}),
    ...more,
  })
  assert.equal(status, 200)
  return { clientId: String(body.clientId), clientSecret: String(body.clientSecret) }
}

export const verifier = randomBytes(32).toString('base64url')
export const redirectUri = 'http://127.0.0.1:40001/oauth/callback'

/** What a program sends the browser to. */
export const authorizeUrl = (stage: Stage, { clientId }: Client, more: Readonly<Record<string, string>> = {}): string =>
  `${stage.sandbox.endpoint}/authorize?${new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    state: 'state',
    code_challenge_method: 'S256',
    scopes: 'sso:account:access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    ...more,
  })}`

export const approve = async (
  stage: Stage,
  body: object,
): Promise<{ status: number; answer: Record<string, unknown> }> =>
  controlCall(stage, 'POST', 'identity-center/approve', { userName: 'ann', ...body })

/** A code that ann allowed. */
export async function codeFor(stage: Stage, client: Client, userName = 'ann'): Promise<string> {
  const { answer } = await approve(stage, { authorize: authorizeUrl(stage, client), userName })
  const code = new URL(String(answer.redirect)).searchParams.get('code')
  assert.ok(code)
  return code
}

/** The token request for a code. */
export const codeGrant = (client: Client, code: string, more: object = {}): object => ({
  ...client,
  grantType: 'authorization_code',
  code,
  redirectUri,
  codeVerifier: verifier,
  ...more,
})

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresIn: number
}

/** A sign-in, whole. */
export async function signedIn(stage: Stage, userName = 'ann'): Promise<Tokens & { readonly client: Client }> {
  const client = await register(stage)
  const { status, body } = await oidc(stage, '/token', codeGrant(client, await codeFor(stage, client, userName)))
  assert.equal(status, 200)
  const { accessToken, refreshToken, expiresIn } = body
  return { client, accessToken: String(accessToken), refreshToken: String(refreshToken), expiresIn: Number(expiresIn) }
}

export const rolesOf = (id = account): string => `/assignment/roles?account_id=${id}`
export const credentialsOf = (role: string, id = account): string =>
  `/federation/credentials?role_name=${role}&account_id=${id}`
