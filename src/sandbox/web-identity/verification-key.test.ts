import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addRole } from '../stage.test.ts'
import {
  assume,
  type FakeIssuer,
  fakeIssuer,
  goodClaims,
  setWebStage,
  trustIssuer,
  type WebStage,
  webTrust,
} from './stage.test.ts'

async function against(
  t: import('node:test').TestContext,
): Promise<{ stage: WebStage; issuer: FakeIssuer; role: string }> {
  const [stage, issuer] = await Promise.all([setWebStage(t), fakeIssuer(t)])
  const role = addRole(stage, 'fake', webTrust(trustIssuer(stage, issuer.url)))
  return { stage, issuer, role }
}
const couldNot = /^Couldn't retrieve verification key from your identity provider, {2}please/

test('keys are found by discovery, once for any number of tokens, and again after an hour', async (t) => {
  const { stage, issuer, role } = await against(t)
  const token = await issuer.sign(goodClaims(stage, issuer.url))
  const replies = await Promise.all(Array.from({ length: 5 }, () => assume(stage, token, { RoleArn: role })))
  assert.deepEqual(new Set(replies.map(({ status }) => status)), new Set([200]))
  assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/jwks'])
  stage.later(3601)
  const later = await issuer.sign(goodClaims(stage, issuer.url))
  assert.equal((await assume(stage, later, { RoleArn: role })).status, 200)
  assert.equal(issuer.asked.length, 4)
})

test('a new key is found when its first token comes, but invented ids cannot make us ask over and over', async (t) => {
  const { stage, issuer, role } = await against(t)
  const take = async () => assume(stage, await issuer.sign(goodClaims(stage, issuer.url)), { RoleArn: role })
  assert.equal((await take()).status, 200)
  await issuer.rotate()
  assert.match((await take()).message ?? '', couldNot)
  assert.equal(issuer.asked.length, 2)
  stage.later(31)
  assert.equal((await take()).status, 200)
  const invented = await issuer.sign(goodClaims(stage, issuer.url), { kid: 'invented' })
  for (let turn = 0; turn < 5; turn++)
    assert.match((await assume(stage, invented, { RoleArn: role })).message ?? '', couldNot)
  assert.equal(issuer.asked.length, 4)
})

test('a provider that cannot be reached, redirects, speaks for another or keeps its keys elsewhere gives no key', async (t) => {
  const { stage, issuer, role } = await against(t)
  const take = async () => assume(stage, await issuer.sign(goodClaims(stage, issuer.url)), { RoleArn: role })
  const spoiled: Partial<FakeIssuer>[] = [
    { redirect: `${issuer.url}/elsewhere` },
    { configuration: { issuer: `${issuer.url}/`, jwks_uri: `${issuer.url}/jwks` } },
    { configuration: { issuer: issuer.url, jwks_uri: 'http://10.0.0.1/jwks' } },
    { configuration: { issuer: issuer.url, jwks_uri: 'file:///etc/passwd' } },
    { configuration: { issuer: issuer.url, jwks_uri: `${issuer.url}/jwks`, padding: 'x'.repeat(300_000) } },
    { configuration: [] },
    { keys: [] },
  ]
  for (const change of spoiled) {
    const before = { redirect: issuer.redirect, configuration: issuer.configuration, keys: issuer.keys }
    Object.assign(issuer, change)
    const { status, code, message } = await take()
    assert.deepEqual([status, code], [400, 'InvalidIdentityToken'])
    assert.match(message ?? '', couldNot)
    Object.assign(issuer, before)
    stage.later(60)
  }
  assert.equal((await take()).status, 200)
})

test('a key of another kind, or for encryption, checks no signature', async (t) => {
  const { stage, issuer, role } = await against(t)
  const take = async () => assume(stage, await issuer.sign(goodClaims(stage, issuer.url)), { RoleArn: role })
  const [good] = issuer.keys
  assert.ok(good)
  for (const key of [
    { ...good, use: 'enc' },
    { ...good, alg: 'RS256' },
    { ...good, kty: 'oct', k: 'c2VjcmV0' },
  ]) {
    issuer.keys = [key]
    assert.match((await take()).message ?? '', couldNot)
    stage.later(60)
  }
  issuer.keys = [good]
  assert.equal((await take()).status, 200)
})
