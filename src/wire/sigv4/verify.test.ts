import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SigningKey } from '../../model/signing-key.ts'
import type { WireRequest } from '../message.ts'
import { encodePath, encodeUri } from '../uri.ts'
import { type Authentication, readAuthentication } from './authentication.ts'
import { emptySha256, sha256 } from './canonical.ts'
import { presign } from './presign.ts'
import { sign } from './sign.ts'
import { checkScope, checkTime, checkToken, verify, verifySignature } from './verify.ts'

const now = new Date('2026-11-21T09:30:00Z')
const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
const session = { ...key, sessionToken: 'token+/=' }
const scope = { region: 'us-east-1', service: 'sts' }
const plain: WireRequest = { method: 'GET', target: '/', headers: [['Host', 'sts.amazonaws.com']] }
const nothing = new Uint8Array()

function authenticationOf(request: WireRequest): Authentication {
  const read = readAuthentication(request)
  assert.ok(read.allowed, JSON.stringify(read))
  return read.authentication
}

const outcome = async (
  request: WireRequest,
  known: SigningKey & { expiration?: Date } = key,
  body: Uint8Array | 'streamed' = nothing,
  when = now,
) => {
  const decision = await verify(request, body, async (id) => (id === known.accessKeyId ? known : undefined), when, {
    scope,
  })
  return decision.allowed ? 'allowed' : decision.code
}

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const asciiValue = fc.string({ maxLength: 20 }).filter((value) => value.trim() !== '')
const headerName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,10}$/).map((name) => `h-${name}`)
const wireRequests = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD'),
    path: fc.array(fc.oneof(text, fc.constantFrom('..', '.', '')), { maxLength: 4 }),
    query: fc.array(fc.tuple(text, text), { maxLength: 4 }),
    headers: fc.array(fc.tuple(headerName, asciiValue), { maxLength: 4 }),
  })
  .map(({ method, path, query, headers }): WireRequest => {
    const pairs = query.map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`).join('&')
    const target = `/${encodePath(path.join('/'))}${pairs === '' ? '' : `?${pairs}`}`
    return { method, target, headers: [['Host', 'example.com'], ...headers] }
  })
const services = fc.constantFrom('sts', 's3')
const bodies = fc.uint8Array({ maxLength: 64 })
const keys = fc.constantFrom<SigningKey>(key, session)

test('whatever is signed verifies, by header and by query, with and without a session token', async () => {
  await fc.assert(
    fc.asyncProperty(wireRequests, bodies, services, keys, async (request, body, service, signer) => {
      const where = { ...scope, service }
      const signed = sign(request, { body }, signer, where, now)
      const byHeader = await verify(signed, body, async () => signer, now, { scope: where })
      assert.ok(byHeader.allowed, JSON.stringify(byHeader))
      const url = presign(request, signer, where, now, 60)
      const byQuery = await verify(url, nothing, async () => signer, now, { scope: where })
      assert.ok(byQuery.allowed, JSON.stringify(byQuery))
    }),
    { numRuns: 200 },
  )
})

test('a change of one character in method, path, query, a signed header, the body or the secret is refused', () => {
  const flip = (value: string, place: number): string => {
    const at = place % value.length
    // Letters and digits only become others of their kind, so that the change is never one that means the same.
    const symbol = value.charAt(at)
    return `${value.slice(0, at)}${symbol === 'q' ? 'w' : 'q'}${value.slice(at + 1)}`
  }
  fc.assert(
    fc.property(wireRequests, bodies, services, fc.nat(), (request, body, service, place) => {
      const marked: WireRequest = {
        ...request,
        target: request.target.includes('?') ? `${request.target}&last=value` : `${request.target}?last=value`,
        headers: [...request.headers, ['X-Amz-Target', 'Some.Operation']],
      }
      const signed = sign(marked, { body }, key, { ...scope, service }, now)
      const authentication = authenticationOf(signed)
      const digest = sha256(body)
      const holds = (changed: Partial<WireRequest>, secret = 'secret', payload = digest) =>
        verifySignature({ ...signed, ...changed }, authentication, { ...key, secretAccessKey: secret }, payload)
      assert.ok(holds({}))
      assert.ok(!holds({ method: flip(signed.method, place) }))
      assert.ok(!holds({ target: signed.target.replace('?', '/q?') }))
      assert.ok(!holds({ target: signed.target.replace('last=value', flip('last=value', place)) }))
      assert.ok(!holds({ target: `${signed.target}&more` }))
      for (const name of ['X-Amz-Target', 'Host'])
        assert.ok(!holds({ headers: signed.headers.map(([h, v]) => [h, h === name ? flip(v, place) : v] as const) }))
      assert.ok(!holds({ headers: signed.headers.filter(([name]) => name !== 'X-Amz-Target') }))
      assert.ok(!holds({}, flip('secret', place)))
      assert.ok(!holds({}, 'secret', flip(digest, place)))
    }),
    { numRuns: 100 },
  )
})

test('S3 paths are signed as they stand, so no two keys share a signature; others are normalised', () => {
  const moved = (service: string, from: string, to: string): boolean => {
    const signed = sign({ ...plain, target: from }, { body: '' }, key, { ...scope, service }, now)
    return verifySignature({ ...signed, target: to }, authenticationOf(signed), key, emptySha256)
  }
  for (const [from, to] of [
    ['/a/b', '/a//b'],
    ['/a/c', '/a/b/../c'],
    ['/a%2Fb', '/a/b'],
    ['/%7Ea', '/~a'],
  ] as const)
    assert.equal(moved('s3', from, to), false, `${from} → ${to}`)
  assert.equal(moved('sts', '/a/c', '/a/b/../c'), true)
  assert.equal(moved('sts', '/a%2Fb', '/a/b'), false)
  assert.equal(moved('sts', '/a/b', '/a/b/'), false)
})

test('a query verifies however its escapes are spelled, but a plus is never mistaken for an escaped plus', () => {
  const holds = (from: string, to: string): boolean => {
    const signed = sign({ ...plain, target: from }, { body: '' }, key, scope, now)
    return verifySignature({ ...signed, target: to }, authenticationOf(signed), key, emptySha256)
  }
  assert.ok(holds('/?a=%2f~', '/?a=%2F%7e'))
  assert.ok(holds('/?b=1&a=2', '/?a=2&b=1'))
  assert.ok(holds('/?a', '/?a='))
  assert.ok(holds('/?a=b%20c', '/?a=b+c'))
  assert.ok(!holds('/?a=b%2Bc', '/?a=b+c'))
  assert.ok(!holds('/?a=1&a=2', '/?a=12'))
})

test('only spaces and tabs are blanks in a header; other bytes count', () => {
  const header = (value: string): WireRequest => ({ ...plain, headers: [...plain.headers, ['X-Thing', value]] })
  const holds = (from: string, to: string): boolean => {
    const signed = sign(header(from), { body: '' }, key, scope, now)
    const headers = signed.headers.map(([name, value]) => [name, name === 'X-Thing' ? to : value] as const)
    return verifySignature({ ...signed, headers }, authenticationOf(signed), key, emptySha256)
  }
  assert.ok(holds('a b', ' a \t b\t'))
  assert.ok(!holds('a b', 'ab'))
  assert.ok(!holds('a b', 'a\u00a0b'))
  assert.ok(!holds('a', 'a\u00a0'))
  assert.ok(!holds('A', '\u0141'))
})

test('a signature is good within its skew and no longer, and the texts are those of AWS', () => {
  const at = (iso: string) => authenticationOf(sign(plain, { body: '' }, key, scope, new Date(iso)))
  assert.ok(checkTime(at('2026-11-21T09:15:00Z'), now, 900).allowed)
  assert.ok(checkTime(at('2026-11-21T09:45:00Z'), now, 900).allowed)
  assert.deepEqual(checkTime(at('2026-11-21T09:00:00Z'), new Date('2026-11-21T09:30:00Z'), 900), {
    allowed: false,
    code: 'skewed-clock',
    because: 'Signature expired: 20261121T090000Z is now earlier than 20261121T091500Z (20261121T093000Z - 15 min.)',
  })
  assert.deepEqual(checkTime(at('2026-11-21T09:35:01Z'), now, 300), {
    allowed: false,
    code: 'skewed-clock',
    because:
      'Signature not yet current: 20261121T093501Z is still later than 20261121T093500Z (20261121T093000Z + 5 min.)',
  })
})

test('a presigned URL lives as long as it says, whatever the skew, and not before its time', async () => {
  const url = presign(plain, key, scope, now, 3600)
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
  assert.equal(await outcome(url, key, nothing, after(3600)), 'allowed')
  assert.equal(await outcome(url, key, nothing, after(3601)), 'expired-url')
  assert.equal(await outcome(url, key, nothing, after(-900)), 'allowed')
  assert.equal(await outcome(url, key, nothing, after(-901)), 'skewed-clock')
  for (const seconds of [0, -1, 1.5, 604_801]) assert.throws(() => presign(plain, key, scope, now, seconds), RangeError)
})

test('a token must be there exactly when the key has one, and be that one', async () => {
  const signedBy = (signer: SigningKey) => sign(plain, { body: '' }, signer, scope, now)
  assert.equal(await outcome(signedBy(session), session), 'allowed')
  assert.equal(await outcome(signedBy(key), session), 'token-missing')
  assert.equal(await outcome(signedBy(session), key), 'token-unexpected')
  assert.equal(await outcome(signedBy({ ...session, sessionToken: 'another' }), session), 'token-mismatch')
  assert.ok(checkToken(authenticationOf(presign(plain, session, scope, now, 60)), session).allowed)
})

test('unknown keys, ended sessions and foreign scopes are refused', async () => {
  const signed = sign(plain, { body: '' }, key, scope, now)
  assert.equal(await outcome(signed, { ...key, accessKeyId: 'AKIAOTHER' }), 'unknown-key')
  assert.equal(await outcome(signed, { ...key, expiration: now }), 'expired-session')
  assert.equal(await outcome(signed, { ...key, expiration: new Date(now.getTime() + 1) }), 'allowed')
  const authentication = authenticationOf(signed)
  assert.ok(checkScope(authentication, { service: 'sts', region: 'us-east-1' }).allowed)
  assert.ok(!checkScope(authentication, { service: 'iam' }).allowed)
  assert.ok(!checkScope(authentication, { region: 'eu-west-1' }).allowed)
})

test('a body must be the signed one; S3 alone may leave it unsigned', async () => {
  const body = Buffer.from('Action=GetCallerIdentity')
  const post = { ...plain, method: 'POST' }
  const signed = sign(post, { body }, key, scope, now)
  assert.equal(await outcome(signed, key, body), 'allowed')
  assert.equal(await outcome(signed, key, Buffer.from('Action=Other')), 'signature-mismatch')
  assert.equal(await outcome(signed, key, 'streamed'), 'malformed-authentication')
  const declared = sign(post, { body }, key, scope, now, { sha256Header: true })
  assert.equal(await outcome(declared, key, Buffer.from('Action=Other')), 'payload-mismatch')
  assert.equal(await outcome(declared, key, 'streamed'), 'allowed')
  assert.equal(await outcome(sign(post, { unsigned: true }, key, scope, now), key, body), 'payload-mismatch')
  const s3 = { ...scope, service: 's3' }
  const open = sign(post, { unsigned: true }, key, s3, now)
  assert.ok((await verify(open, body, async () => key, now, { scope: s3 })).allowed)
  const chunked = sign(post, { streaming: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' }, key, s3, now)
  assert.ok(!(await verify(chunked, body, async () => key, now)).allowed)
  assert.ok((await verify(chunked, 'streamed', async () => key, now)).allowed)
})

test('a presigned call of another service than S3 has no body', async () => {
  const url = presign({ ...plain, method: 'POST' }, key, scope, now, 60)
  assert.equal(await outcome(url), 'allowed')
  assert.equal(await outcome(url, key, Buffer.from('Action=Other')), 'signature-mismatch')
})
