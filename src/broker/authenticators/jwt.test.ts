import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { proofAuthenticatorContract, proven, refused } from '../../../test/contracts/authenticator.ts'
import type { ProofAuthenticator } from './authenticator.ts'
import { type AuthenticatorStage, authenticatorStage, publicUrl } from './stage.test.ts'

let stage: AuthenticatorStage
before(async () => {
  stage = await authenticatorStage()
})
after(() => stage.close())

const open = (more: object = {}): ProofAuthenticator =>
  stage.proof({
    ...{ kind: 'jwt', issuer: stage.sandbox.oidcIssuer, audience: publicUrl, idClaim: 'sub', lifetime: 3600 },
    ...more,
  })

const token = async (order: object = {}): Promise<{ readonly proof: { readonly token: string } }> => ({
  proof: { token: await stage.mint({ audience: [publicUrl], subject: 'job-1', ...order }) },
})

describe('tokens of workloads', () => {
  proofAuthenticatorContract('jwt', async () => ({
    ...stage,
    authenticator: open(),
    prove: () => token({ lifetime: 600 }),
    proofEnds: 600,
    once: false,
  }))

  test('a token is good until it ends, and what is issued on it no longer', async () => {
    const principal = await proven(open(), await token({ lifetime: 120 }))
    const left = (principal.expiresAt.getTime() - stage.now().getTime()) / 1000
    assert.ok(left > 110 && left <= 120, String(left))
    const clipped = await proven(open({ lifetime: 30 }), await token({ lifetime: 120 }))
    assert.ok(clipped.expiresAt.getTime() - stage.now().getTime() <= 30_000)
  })

  test('a job of GitHub has its claims as texts and its repository as name', async () => {
    const claims = { flag: true, list: ['a', 'b'], nested: { deep: { er: 7 } }, mixed: [{ a: 1 }] }
    const github = await proven(
      open(),
      await token({ subject: 'repo:octo/app:ref:refs/heads/main', claims: { repository: 'octo/app', ...claims } }),
    )
    assert.equal(github.id, 'way:repo:octo/app:ref:refs/heads/main')
    assert.equal(github.name, 'octo/app')
    assert.equal(github.claims.flag, 'true')
    assert.deepEqual(github.claims.list, ['a', 'b'])
    assert.equal(github.claims['nested.deep.er'], '7')
    assert.equal('mixed' in github.claims, false)
    const pod = await proven(open(), await token({ subject: 'system:serviceaccount:shop:web' }))
    assert.equal(pod.name, 'shop:web')
    const gitlab = await proven(
      open({ idClaim: 'project_path' }),
      await token({ claims: { project_path: 'acme/site' } }),
    )
    assert.deepEqual([gitlab.id, gitlab.name], ['way:acme/site', 'acme/site'])
  })

  test('a member with dots in its name takes no other claim’s place', async () => {
    const claims = { 'kubernetes.io.namespace': 'prod', 'kubernetes.io': { namespace: 'dev' } }
    const { claims: read } = await proven(open(), await token({ claims }))
    assert.equal(read['kubernetes.io.namespace'], 'prod')
  })

  test('groups come from the configured claim alone', async () => {
    const claims = { groups: ['admins'], roles: ['deployers'] }
    assert.deepEqual((await proven(open(), await token({ claims }))).groups, [])
    assert.deepEqual((await proven(open({ groupsClaim: 'roles' }), await token({ claims }))).groups, ['deployers'])
  })

  test('a token for another audience is refused, and so is one of another issuer with the same keys', async () => {
    assert.equal(await refused(open(), await token({ audience: ['sts.amazonaws.com'] })), 'proof-invalid')
    assert.equal(await refused(open(), await token({ audience: [`${publicUrl}/`] })), 'proof-invalid')
    assert.equal(await refused(open(), await token({ issuer: 'https://ci.example.com' })), 'proof-invalid')
    await proven(open(), await token({ audience: ['sts.amazonaws.com', publicUrl] }))
  })

  for (const flaw of ['alg-none', 'algorithm-confusion', 'unknown-key', 'forged-signature', 'future'])
    test(`a token with the flaw ${flaw} is refused`, async () => {
      assert.equal(await refused(open(), await token({ flaw })), 'proof-invalid')
    })

  test('a groups claim that was written in afterwards breaks the signature', async () => {
    const { proof } = await token({ claims: { groups: ['developers'] } })
    const [header, payload = '', signature] = proof.token.split('.')
    const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), groups: ['admins'] }
    const forged = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
    assert.equal(await refused(open(), { proof: { token: forged } }), 'proof-invalid')
    await proven(open(), { proof })
  })

  test('a clock that goes a minute wrong is borne, one that goes further is not', async () => {
    const seconds = Math.floor(stage.now().getTime() / 1000)
    await proven(open(), await token({ claims: { iat: seconds + 50, nbf: seconds + 50 } }))
    assert.equal(await refused(open(), await token({ claims: { iat: seconds + 90, nbf: seconds } })), 'proof-invalid')
    assert.equal(await refused(open(), await token({ claims: { nbf: seconds + 90 } })), 'proof-invalid')
  })

  test('a proof is as old as its token, so that a revocation meets tokens from before it', async () => {
    const seconds = Math.floor(stage.now().getTime() / 1000)
    const { authenticatedAt } = await proven(open(), await token({ claims: { iat: seconds - 300 } }))
    assert.equal(authenticatedAt.getTime(), (seconds - 300) * 1000)
  })

  test('a subject that would write more than a line into a log, and none at all, are no ids', async () => {
    for (const subject of ['a\nb', 'a\u001b[2J', 'a\u2028b', ' a', 'x'.repeat(300)])
      assert.equal(await refused(open(), await token({ subject })), 'not-known')
    assert.equal(await refused(open({ idClaim: 'project_path' }), await token()), 'not-known')
  })

  test('keys that changed are fetched anew, and a key of another issuer with the same name is none', async () => {
    const [own, foreign] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')])
    const jwks = { keys: [{ ...(await exportJWK(own.publicKey)), kid: 'key-1', alg: 'ES256' }] }
    const issuer = 'https://ci.example.com'
    let shown: object = { keys: [] }
    let asked = 0
    const outside = stage.fetch
    stage.fetch = async () => {
      asked += 1
      return Response.json(shown)
    }
    try {
      const authenticator = open({ issuer, jwksUrl: `${issuer}/keys` })
      const sign = async (key: CryptoKey) => ({
        proof: {
          token: await new SignJWT({ sub: 'job' })
            .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
            .setIssuer(issuer)
            .setAudience(publicUrl)
            .setIssuedAt(stage.now())
            .setExpirationTime(new Date(stage.now().getTime() + 60_000))
            .sign(key),
        },
      })
      assert.equal(await refused(authenticator, await sign(own.privateKey)), 'proof-invalid')
      shown = jwks
      stage.later(11)
      await proven(authenticator, await sign(own.privateKey))
      const before = asked
      assert.equal(await refused(authenticator, await sign(foreign.privateKey)), 'proof-invalid')
      await proven(authenticator, await sign(own.privateKey))
      assert.equal(asked, before)
    } finally {
      stage.fetch = outside
    }
  })

  test('an issuer that cannot be reached leaves a reason, and is tried again', async () => {
    const outside = stage.fetch
    stage.fetch = async () => new Response('', { status: 503 })
    try {
      const authenticator = open()
      const proof = await token()
      assert.equal(await refused(authenticator, proof), 'unavailable')
      assert.match(authenticator.broken() ?? '', /status 503/)
      stage.fetch = outside
      stage.later(11)
      await proven(authenticator, proof)
      assert.equal(authenticator.broken(), undefined)
    } finally {
      stage.fetch = outside
    }
  })

  test('keys are not asked for without TLS, but on this machine', async () => {
    const authenticator = open({ jwksUrl: 'http://ci.example.com/keys' })
    assert.equal(await refused(authenticator, await token()), 'unavailable')
    assert.match(authenticator.broken() ?? '', /neither https/)
  })
})
