import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Hono } from 'hono'
import { SignJWT } from 'jose'
import { person } from '../../../test/contracts/broker-stage.ts'
import { type Ledger, openLedger } from '../../ledger/index.ts'
import { Failure } from '../../model/failure.ts'
import { getSession, setSession } from './cookies.ts'
import { brokerKey, loadOrMakeKey } from './key.ts'
import { openSeal } from './seal.ts'
import { openTokens } from './tokens.ts'

const start = new Date('2026-11-21T12:00:00Z')
const publicUrl = 'https://broker.example.com'
const directory = mkdtempSync(join(tmpdir(), 'mayfly-key-'))
let ledger: Ledger
before(async () => {
  ledger = await openLedger('memory:')
})
after(async () => {
  await ledger.close()
  rmSync(directory, { recursive: true, force: true })
})

const newKey = (): string =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const key = newKey()
const at = (now: Date, more: object = {}) => openTokens({ key, publicUrl, ledger, now: () => now, ...more })
const ann = person('ann', ['developers', 'größe'], start, { claims: { team: 'blue', list: ['a'] }, mfaAt: start })

test('a login says who it is of, until it ends', async () => {
  const { token, expiresAt } = await at(start).issue(ann)
  assert.deepEqual(expiresAt, ann.expiresAt)
  const verdict = await at(start).verify(token)
  assert.deepEqual(verdict.allowed && verdict.principal, ann)
  const last = new Date(ann.expiresAt.getTime() - 1000)
  assert.equal((await at(last).verify(token)).allowed, true)
  assert.equal((await at(ann.expiresAt).verify(token)).allowed, false)
})

test('a login of another broker, another key or another algorithm is none', async () => {
  const { token } = await at(start).issue(ann)
  assert.equal((await at(start, { publicUrl: 'https://other.example.com' }).verify(token)).allowed, false)
  assert.equal((await at(start, { key: newKey() }).verify(token)).allowed, false)
  const [header = '', payload = '', signature = ''] = token.split('.')
  const claims = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), groups: ['security'] }
  const forged = Buffer.from(JSON.stringify(claims)).toString('base64url')
  const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'mayfly-login+jwt' })).toString('base64url')
  for (const wrong of [
    `${header}.${forged}.${signature}`,
    `${none}.${forged}.`,
    `${none}.${payload}.`,
    '',
    'a.b.c',
    'x'.repeat(40_000),
  ])
    assert.equal((await at(start).verify(wrong)).allowed, false)
  const shown = brokerKey(key).verify.export({ type: 'spki', format: 'pem' })
  const confused = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ: 'mayfly-login+jwt' })
  assert.equal((await at(start).verify(await confused.sign(Buffer.from(shown)))).allowed, false)
  const untyped = new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA' })
  assert.equal((await at(start).verify(await untyped.sign(createPrivateKey(key)))).allowed, false)
  assert.equal((await at(start).verify(token)).allowed, true)
})

test('a login that was ended is over, and others of the same person are not', async () => {
  const tokens = at(start)
  const [one, other] = [await tokens.issue(ann), await tokens.issue(ann)]
  await tokens.end(one.token)
  await tokens.end('nonsense')
  assert.equal((await tokens.verify(one.token)).allowed, false)
  assert.equal((await tokens.verify(other.token)).allowed, true)
})

test('a login ends with the authenticator it came by, and counts again with it', async () => {
  const names = new Set(['corp'])
  const tokens = at(start, { knows: (name: string) => names.has(name) })
  const { token } = await tokens.issue(ann)
  assert.equal((await tokens.verify(token)).allowed, true)
  names.delete('corp')
  const verdict = await tokens.verify(token)
  assert.ok(!verdict.allowed && verdict.code === 'login-expired')
  names.add('corp')
  assert.equal((await tokens.verify(token)).allowed, true)
})

test('a login from before a revocation is refused, one from after it is not', async () => {
  const bob = person('bob', [], start)
  const order = { revocationId: 'v1', by: 'x', byName: 'x', reason: 'lost', sessions: [] }
  const before = await at(start).issue(bob)
  const target = { kind: 'principal', principalId: bob.id } as const
  await ledger.append([{ kind: 'revoked', at: start.getTime() + 1, target, ...order }])
  const verdict = await at(start).verify(before.token)
  assert.equal(!verdict.allowed && verdict.code, 'principal-revoked')
  const fresh = await at(start).issue({ ...bob, authenticatedAt: new Date(start.getTime() + 2) })
  assert.equal((await at(start).verify(fresh.token)).allowed, true)
})

test('a sealed text is good for its purpose, its time and its key alone', async () => {
  const seal = openSeal(brokerKey(key), publicUrl, () => start)
  const text = await seal.seal('code', { a: 1 }, 60)
  assert.deepEqual((await seal.unseal('code', text))?.content, { a: 1 })
  assert.equal(text.includes('"a"'), false)
  assert.equal(await seal.unseal('login', text), undefined)
  assert.equal(await openSeal(brokerKey(newKey()), publicUrl, () => start).unseal('code', text), undefined)
  assert.equal(await openSeal(brokerKey(key), 'https://other.example.com', () => start).unseal('code', text), undefined)
  const late = openSeal(brokerKey(key), publicUrl, () => new Date(start.getTime() + 60_000))
  assert.equal(await late.unseal('code', text), undefined)
  const { token } = await at(start).issue(ann)
  assert.equal(await seal.unseal('code', token), undefined)
})

test('a key file is made once, for us alone, and read from then on', () => {
  const file = join(directory, 'deep', 'key.pem')
  const made = loadOrMakeKey(file)
  assert.equal(loadOrMakeKey(file), made)
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.equal(brokerKey(readFileSync(file, 'utf8')).id, brokerKey(made).id)
  chmodSync(file, 0o640)
  assert.equal(loadOrMakeKey(file), made, 'as Kubernetes mounts secrets')
  chmodSync(file, 0o644)
  const isRefused = (error: unknown): boolean => error instanceof Failure && error.code === 'config-invalid'
  assert.throws(() => loadOrMakeKey(file), isRefused)
})

test('a key that is none is refused without a word of it', () => {
  const file = join(directory, 'rsa.pem')
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  for (const text of [rsa.toString(), 'SECRETTEXT', '{"kty":"oct","k":"SECRETTEXT"}']) {
    writeFileSync(file, text, { mode: 0o600 })
    assert.throws(
      () => loadOrMakeKey(file),
      (error) => error instanceof Failure && !error.message.includes('SECRETTEXT') && error.code === 'config-invalid',
    )
  }
  const jwk = JSON.stringify(createPrivateKey(key).export({ format: 'jwk' }))
  assert.equal(brokerKey(jwk).id, brokerKey(key).id)
})

test('a login that is too long for one cookie goes into several, and comes back whole', async () => {
  const app = new Hono()
  app.get('/set/:size', (c) => c.json(setSession(c, publicUrl, 'x'.repeat(Number(c.req.param('size'))), 60)))
  app.get('/get', (c) => c.json(getSession(c, publicUrl)?.length ?? null))
  for (const size of [1, 3499, 3500, 3501, 14_000]) {
    const set = (await app.request(`/set/${size}`)).headers.getSetCookie()
    for (const line of set) {
      assert.ok(line.length < 4096)
      assert.match(line, /^__Host-mayfly(?:-\d)?=.*; HttpOnly; Secure; SameSite=Strict$/)
    }
    const cookie = set.map((line) => line.split(';')[0]).join('; ')
    assert.equal(await (await app.request('/get', { headers: { cookie } })).json(), size)
    const [first = ''] = cookie.split('; ')
    if (size > 3499) assert.equal(await (await app.request('/get', { headers: { cookie: first } })).json(), null)
  }
  assert.equal(await (await app.request('/set/14001')).json(), false)
})
