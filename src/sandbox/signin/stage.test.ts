// No tests in here: what the tests beside it play on. It is named so that it stays out of the package.
import { createHash, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { hashPassword } from '../iam/password.ts'
import { addUser, allow, controlCall, type Reply, type Stage, send } from '../stage.test.ts'

export const sameDevice = 'arn:aws:signin:::devtools/same-device'
export const crossDevice = 'arn:aws:signin:::devtools/cross-device'
export const redirectUri = 'http://127.0.0.1:43210/oauth/callback'
export const codeVerifier = 'v'.repeat(43)
export const password = 'correct horse 9!'

export const mayUseIt = allow(
  ['signin:AuthorizeOAuth2Access', 'signin:CreateOAuth2Token'],
  'arn:aws:signin:*:*:oauth2/public-client/*',
)

/** A user with a password, who may let programs act for them unless told. */
export async function addPerson(stage: Stage, name = 'ann', policy: string | undefined = mayUseIt): Promise<void> {
  const login = { passwordHash: await hashPassword(password), createdAt: stage.now.toISOString(), resetRequired: false }
  addUser(stage, name, policy, { login })
}

export const challengeOf = (verifier: string): string => createHash('sha256').update(verifier).digest('base64url')

/** The address a program opens. */
export function authorizeUrl(stage: Stage, change: Readonly<Record<string, string>> = {}): string {
  const url = new URL(`${stage.sandbox.endpoint}/v1/authorize`)
  const parameters = {
    ...{ response_type: 'code', client_id: sameDevice, state: 'st', code_challenge_method: 'SHA-256', scope: 'openid' },
    ...{ redirect_uri: redirectUri, code_challenge: challengeOf(codeVerifier), ...change },
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return url.href
}

/** A code of somebody who said yes. */
export async function codeFor(stage: Stage, userName = 'ann', change: Readonly<Record<string, string>> = {}) {
  const order = { authorize: authorizeUrl(stage, change), userName }
  const { answer } = await controlCall(stage, 'POST', 'signin/authorize', order)
  return new URL(String(answer.redirect)).searchParams.get('code') ?? ''
}

/** A program's key, and what it sends with it. */
export interface Program {
  readonly jwk: JWK
  readonly prove: (change?: Readonly<Record<string, unknown>>, header?: object) => Promise<string>
  readonly token: (body: object, dpop?: string, change?: Readonly<Record<string, string>>) => Promise<Reply>
}

export async function programOn(stage: Stage): Promise<Program> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const { kty, x, y, crv } = await exportJWK(publicKey)
  const jwk = { kty, x, y, crv } as JWK
  const prove: Program['prove'] = (change = {}, header = {}) =>
    new SignJWT({
      htm: 'POST',
      htu: `${stage.sandbox.endpoint}/v1/token`,
      iat: Math.floor(stage.now.getTime() / 1000),
      jti: randomUUID(),
      ...change,
    })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk, ...header })
      .sign(privateKey)
  return {
    jwk,
    prove,
    token: async (body, dpop, change = {}) => {
      const isForm = change.type === 'form'
      const text = isForm ? new URLSearchParams({ ...body }).toString() : JSON.stringify(body)
      const headers: [string, string][] = [
        ['Host', new URL(stage.sandbox.endpoint).host],
        ['Content-Type', isForm ? 'application/x-www-form-urlencoded' : 'application/json'],
        ['Content-Length', String(Buffer.byteLength(text))],
      ]
      const proof = dpop ?? (await prove())
      if (proof !== '') headers.push(['DPoP', proof])
      return send(stage, { method: 'POST', target: '/v1/token', headers }, text)
    },
  }
}

export const redemption = (code: string): Record<string, string> => ({
  ...{ clientId: sameDevice, grantType: 'authorization_code', code, codeVerifier, redirectUri },
})

export const renewal = (refreshToken: string): Record<string, string> => ({
  ...{ clientId: sameDevice, grantType: 'refresh_token', refreshToken },
})

export interface Given {
  readonly accessToken: { accessKeyId: string; secretAccessKey: string; sessionToken: string }
  readonly tokenType: string
  readonly expiresIn: number
  readonly refreshToken: string
  readonly idToken?: string
}

/** What was given, of an answer that must be a yes. */
export function given(reply: Reply): Given {
  if (reply.status !== 200) throw new Error(`${reply.status} ${reply.text}`)
  return JSON.parse(reply.text)
}

/** The exception, status and OAuth error of a refusal, in one line. */
export const refusalOf = ({ status, headers, text }: Reply): string =>
  `${status} ${headers['x-amzn-errortype']} ${JSON.parse(text).error}`
