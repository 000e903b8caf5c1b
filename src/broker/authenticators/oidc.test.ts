import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import type { Principal } from '../../model/principal.ts'
import type { LoginAuthenticator, Proven } from './authenticator.ts'
import { type AuthenticatorStage, authenticatorStage, publicUrl } from './stage.test.ts'

let stage: AuthenticatorStage
before(async () => {
  stage = await authenticatorStage()
})
after(() => stage.close())

const issuer = 'https://idp.example.com'
const returnUrl = `${publicUrl}/auth/way/callback`
const seconds = (): number => Math.floor(Date.now() / 1000)

/** A provider that says whatever it is told to. */
async function provider() {
  const [own, foreign] = await Promise.all([generateKeyPair('RS256'), generateKeyPair('RS256')])
  const held = {
    key: own.privateKey,
    foreign: foreign.privateKey,
    publicPem: await exportSPKI(own.publicKey),
    jwks: { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'key-1', alg: 'RS256', use: 'sig' }] },
    /** Makes the ID token that the token endpoint answers with. */
    idToken: async (claims: JWTPayload): Promise<string> => sign(claims, held.key),
    metadata: {} as Readonly<Record<string, unknown>>,
    claims: {} as Readonly<Record<string, unknown>>,
    nonce: '',
    posted: new URLSearchParams(),
    headers: new Headers(),
    fetch: async (request: Request): Promise<Response> => {
      const { pathname } = new URL(request.url)
      if (pathname === '/.well-known/openid-configuration')
        return Response.json({
          ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
          ...{ jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: ['RS256'] },
          ...{ response_types_supported: ['code'], subject_types_supported: ['public'], ...held.metadata },
        })
      if (pathname === '/jwks') return Response.json(held.jwks)
      held.posted = new URLSearchParams(await request.text())
      held.headers = request.headers
      const base = { iss: issuer, aud: 'mayfly', sub: 'u-1', iat: seconds(), exp: seconds() + 300, nonce: held.nonce }
      const id_token = await held.idToken({ ...base, email: 'ann@example.com', email_verified: true, ...held.claims })
      return Response.json({ access_token: 'x', token_type: 'Bearer', id_token })
    },
  }
  stage.fetch = held.fetch
  return held
}

const sign = (claims: JWTPayload, key: CryptoKey): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'key-1' }).sign(key)

const open = (more: object = {}): LoginAuthenticator =>
  stage.login({
    ...{ kind: 'oidc', issuer, clientId: 'mayfly', scopes: ['openid', 'email'], lifetime: 28_800 },
    ...{ idClaim: 'email', nameClaim: 'email', groupsClaim: 'groups', trustsEmails: false, ...more },
  })

type Fake = Awaited<ReturnType<typeof provider>>

/** Begins and finishes a login; the way back can be changed. */
async function login(fake: Fake, { way = open(), came = {} as object, keep = {} as object } = {}): Promise<Proven> {
  const begun = await way.begin(returnUrl)
  const sent = new URL(begun.redirect).searchParams
  fake.nonce = sent.get('nonce') ?? ''
  const back = { code: 'c-1', state: sent.get('state') ?? '', ...came }
  return way.finish(back, { ...begun.keep, ...keep }, { sourceIp: '192.0.2.1', returnUrl })
}

async function proven(outcome: Promise<Proven>): Promise<Principal> {
  const given = await outcome
  assert.ok(given.allowed, given.allowed ? '' : `${given.code}: ${given.because}`)
  return given.principal
}

async function refused(outcome: Promise<Proven>): Promise<string> {
  const given = await outcome
  assert.equal(given.allowed, false, 'it was taken')
  return given.allowed ? '' : given.code
}

describe('people at an OpenID provider', () => {
  test('are sent there with state, nonce and a challenge, and known by what their token says', async () => {
    const fake = await provider()
    fake.claims = { groups: ['developers'], name: 'Ann Example', email: 'Ann@Example.com' }
    const way = open({ nameClaim: 'name' })
    const { redirect, keep } = await way.begin(returnUrl)
    const sent = new URL(redirect).searchParams
    assert.equal(sent.get('redirect_uri'), returnUrl)
    assert.equal(sent.get('code_challenge_method'), 'S256')
    assert.ok(!redirect.includes(keep.verifier ?? '?'), 'the verifier stays here')
    const principal = await proven(login(fake, { way }))
    assert.equal(fake.posted.get('code_verifier')?.length, 43)
    assert.deepEqual([principal.id, principal.name, principal.kind], ['way:ann@example.com', 'Ann Example', 'person'])
    assert.deepEqual(principal.groups, ['developers'])
    assert.equal(principal.mfaAt, undefined)
    const lasts = principal.expiresAt.getTime() - principal.authenticatedAt.getTime()
    assert.equal(lasts, 28_800_000)
  })

  test('with an address that is not verified are not taken for who has it', async () => {
    const fake = await provider()
    fake.claims = { email_verified: false }
    assert.equal((await proven(login(fake))).id, 'way:u-1')
    fake.claims = { email_verified: 'false', sub: 'ann@example.com' }
    assert.equal(await refused(login(fake)), 'not-known')
    // Who says nothing has not said that it is: at some providers people write their own.
    fake.claims = { email_verified: undefined }
    assert.equal((await proven(login(fake))).id, 'way:u-1')
    assert.equal((await proven(login(fake, { way: open({ trustsEmails: true }) }))).id, 'way:ann@example.com')
    fake.claims = { email_verified: true }
    assert.equal((await proven(login(fake))).id, 'way:ann@example.com')
    // The Kelvin sign has the small form k.
    fake.claims = { email: '\u212aim@example.com' }
    assert.equal((await proven(login(fake))).id, 'way:\u212aim@example.com')
    fake.claims = { email: 'a\nb@example.com' }
    assert.equal(await refused(login(fake)), 'not-known')
    fake.claims = { sub: 'ann@example.com' }
    assert.equal((await proven(login(fake, { way: open({ idClaim: 'sub' }) }))).id, 'way:ann@example.com')
  })

  test('have shown a second factor when the provider says so and when', async () => {
    const fake = await provider()
    const at = seconds() - 600
    const cases: readonly [object, boolean][] = [
      [{ amr: ['pwd', 'otp'], auth_time: at }, true],
      [{ amr: ['mfa'], auth_time: at }, true],
      [{ acr: 'https://refeds.org/profile/mfa', auth_time: at }, true],
      [{ amr: ['pwd'], auth_time: at }, false],
      [{ amr: ['otp', 'sms'], auth_time: at }, false],
      [{ amr: ['mfa'] }, false],
      [{ acr: '1', auth_time: at }, false],
    ]
    for (const [claims, strong] of cases) {
      fake.claims = { ...claims }
      assert.equal((await proven(login(fake))).mfaAt?.getTime(), strong ? at * 1000 : undefined, JSON.stringify(claims))
    }
  })

  test('whose token somebody forged are refused', async () => {
    const fake = await provider()
    fake.claims = { groups: ['admins'] }
    const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
    const mac = (text: string): string => createHmac('sha256', fake.publicPem).update(text).digest('base64url')
    const forgeries: Readonly<Record<string, (claims: JWTPayload) => Promise<string>>> = {
      'another key under the same name': (claims) => sign(claims, fake.foreign),
      'no signature': async (claims) => `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
      'the public key as a secret': async (claims) => {
        const text = `${encoded({ alg: 'HS256', kid: 'key-1' })}.${encoded(claims)}`
        return `${text}.${mac(text)}`
      },
      'claims written in afterwards': async (claims) => {
        const [header, , signature] = (await sign({ ...claims, groups: [] }, fake.key)).split('.')
        return `${header}.${encoded(claims)}.${signature}`
      },
    }
    for (const [what, forge] of Object.entries(forgeries)) {
      fake.idToken = forge
      assert.equal(await refused(login(fake)), 'proof-invalid', what)
    }
    // A provider that claims it signs so is refused as well.
    fake.metadata = { id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'] }
    for (const what of ['no signature', 'the public key as a secret']) {
      fake.idToken = forgeries[what] ?? fake.idToken
      assert.equal(await refused(login(fake)), 'proof-invalid', what)
    }
    fake.idToken = (claims) => sign(claims, fake.key)
    assert.deepEqual((await proven(login(fake))).groups, ['admins'])
  })

  test('with a token for another program, another login, another issuer or another time are refused', async () => {
    const fake = await provider()
    const wrong = [
      { aud: 'other' },
      { aud: ['mayfly', 'other'], azp: 'other' },
      { nonce: 'other' },
      { nonce: undefined },
      { iss: 'https://other.example.com' },
      { exp: seconds() - 120 },
      { iat: undefined },
      { sub: undefined },
    ]
    for (const claims of wrong) {
      fake.claims = claims
      assert.equal(await refused(login(fake)), 'proof-invalid', JSON.stringify(claims))
    }
    fake.claims = {}
    await proven(login(fake))
  })

  test('that come back with another state, an error, another issuer or nothing are refused', async () => {
    const fake = await provider()
    assert.equal(await refused(login(fake, { came: { state: 'other' } })), 'proof-invalid')
    assert.equal(await refused(login(fake, { came: { error: 'access_denied' } })), 'proof-invalid')
    assert.equal(await refused(login(fake, { came: { iss: 'https://other.example.com' } })), 'proof-invalid')
    assert.equal(await refused(login(fake, { came: { code: undefined } })), 'proof-malformed')
    assert.equal(await refused(login(fake, { keep: { verifier: undefined } })), 'proof-malformed')
    assert.equal(await refused(login(fake, { keep: { nonce: 'other' } })), 'proof-invalid')
    fake.metadata = { authorization_response_iss_parameter_supported: true }
    const way = open()
    assert.equal(await refused(login(fake, { way })), 'proof-invalid', 'it must name itself')
    await proven(login(fake, { way, came: { iss: issuer } }))
  })

  test('a provider that is down, speaks of another or leads to plain HTTP leaves a reason, and is tried again', async () => {
    const fake = await provider()
    for (const metadata of [{ issuer: 'https://other.example.com' }, { jwks_uri: 7 }]) {
      fake.metadata = metadata
      const way = open()
      await assert.rejects(
        metadata.issuer ? way.begin(returnUrl) : login(fake, { way }).then((one) => assert.ok(one.allowed)),
      )
    }
    fake.metadata = { token_endpoint: 'http://idp.example.com/token' }
    assert.equal(await refused(login(fake)), 'proof-invalid')
    fake.metadata = {}
    stage.fetch = () => Promise.reject(new TypeError('fetch failed'))
    const way = open()
    await assert.rejects(way.begin(returnUrl))
    assert.match(way.broken() ?? '', /idp\.example\.com/)
    stage.fetch = fake.fetch
    stage.later(11)
    await proven(login(fake, { way }))
    assert.equal(way.broken(), undefined)
    const plain = open({ issuer: 'http://idp.example.com' })
    await assert.rejects(plain.begin(returnUrl))
    assert.match(plain.broken() ?? '', /neither https/)
  })
})
