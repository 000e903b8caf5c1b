// No tests in here: what the tests of web identity play on. It is named so that it stays out of the package.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import { encodeQuery, type QueryInput } from '../../wire/query.ts'
import { issuerAt } from '../oidc-idp/issuer.ts'
import { account, addRole, controlCall, type Reply, type Stage, send, setStage, start, trust } from '../stage.test.ts'

export interface WebStage extends Stage {
  readonly issuer: string
  readonly provider: string
  readonly role: string
}

/** A sandbox that trusts its own identity provider for the audience `sts.amazonaws.com`, and a role that trusts it. */
export async function setWebStage(t: TestContext): Promise<WebStage> {
  const stage = await setStage(t)
  const issuer = issuerAt(stage.sandbox.endpoint)
  const provider = trustIssuer(stage, issuer)
  const role = addRole(stage, 'web', webTrust(provider))
  return Object.assign(stage, { issuer, provider, role })
}

/** Puts a provider of the account, and gives its ARN. */
export function trustIssuer({ sandbox: { cloud } }: Stage, url: string, clientIds = ['sts.amazonaws.com']): string {
  const arn = `arn:aws:iam::${account}:oidc-provider/${url.replace(/^https?:\/\//, '')}`
  const createdAt = start.toISOString()
  cloud.oidcProviders.put(arn, { accountId: account, arn, url, clientIds, thumbprints: [], createdAt, tags: {} })
  return arn
}

export const webTrust = (provider: string, condition?: object, more: readonly string[] = []): string =>
  trust({ Federated: provider }, condition, ['sts:AssumeRoleWithWebIdentity', ...more])

/** A token of the sandbox's own making. */
export async function mint(stage: Stage, order: object): Promise<string> {
  const { status, answer } = await controlCall(stage, 'POST', 'tokens', { subject: 'ann-of-web', ...order })
  if (status !== 200 || typeof answer.token !== 'string') throw new Error(JSON.stringify(answer))
  return answer.token
}

/** Calls AssumeRoleWithWebIdentity as SDKs do: unsigned. */
export function assume(
  stage: WebStage,
  token: string,
  more: QueryInput = {},
  headers: [string, string][] = [],
): Promise<Reply> {
  const body = encodeQuery({
    ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: stage.role, RoleSessionName: 'job' },
    WebIdentityToken: token,
    ...more,
  })
  const { host } = new URL(stage.sandbox.endpoint)
  const form = 'application/x-www-form-urlencoded; charset=utf-8'
  return send(
    stage,
    { method: 'POST', target: '/', headers: [['Host', host], ['Content-Type', form], ...headers] },
    body,
  )
}

/** An identity provider of a test's own, whose answers the test may change. */
export interface FakeIssuer {
  readonly url: string
  keys: JWK[]
  /** What it answers instead of its configuration. */
  configuration: object | undefined
  /** Where it sends who asks for its configuration; it has it at every path but `/jwks`. */
  redirect: string | undefined
  /** The paths it was asked for. */
  readonly asked: string[]
  readonly sign: (claims: JWTPayload, header?: object) => Promise<string>
  /** A new key in place of the old one; gives its id. */
  readonly rotate: () => Promise<void>
}

export async function fakeIssuer(t: TestContext): Promise<FakeIssuer> {
  const server = createServer((request, response) => {
    issuer.asked.push(request.url ?? '')
    if (issuer.redirect && request.url?.startsWith('/.well-known/'))
      return void response.writeHead(302, { location: issuer.redirect }).end()
    const known = request.url === '/jwks' ? { keys: issuer.keys } : configurationOf(issuer)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(known))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  let generation = 0
  let pair = await generateKeyPair('ES256', { extractable: true })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer: FakeIssuer = {
    ...{ url, keys: [], configuration: undefined, redirect: undefined, asked: [] },
    sign: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', kid: `key-${generation}`, ...header })
        .sign(pair.privateKey),
    rotate: async () => {
      pair = await generateKeyPair('ES256', { extractable: true })
      generation++
      issuer.keys = [{ ...(await exportJWK(pair.publicKey)), kid: `key-${generation}` }]
    },
  }
  await issuer.rotate()
  return issuer
}

const configurationOf = ({ configuration, url }: FakeIssuer): object =>
  configuration ?? { issuer: url, jwks_uri: `${url}/jwks` }

/** The claims of a good token, at a stage's time. */
export function goodClaims(stage: Stage, issuer: string): JWTPayload {
  const now = Math.floor(stage.now.getTime() / 1000)
  return { iss: issuer, sub: 'ann-of-web', aud: 'sts.amazonaws.com', iat: now, exp: now + 600 }
}
