import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerOf, type WireRequest } from '../message.ts'
import { sign } from './sign.ts'

const now = new Date('2026-11-21T09:30:00.999Z')
const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
const sts = { region: 'us-east-1', service: 'sts' }
const plain: WireRequest = { method: 'POST', target: '/', headers: [['Host', 'sts.amazonaws.com']] }

test('what a signature adds depends on the key, the service and what was asked', () => {
  const added = (...rest: Partial<[typeof key & { sessionToken?: string }, typeof sts, { sha256Header?: boolean }]>) =>
    sign(plain, { body: '' }, rest[0] ?? key, rest[1] ?? sts, now, rest[2])
      .headers.slice(1)
      .map(([name]) => name)
  assert.deepEqual(added(), ['X-Amz-Date', 'Authorization'])
  assert.deepEqual(added({ ...key, sessionToken: 't' }), ['X-Amz-Date', 'X-Amz-Security-Token', 'Authorization'])
  assert.deepEqual(added(key, { ...sts, service: 's3' }), ['X-Amz-Date', 'x-amz-content-sha256', 'Authorization'])
  assert.deepEqual(added(key, sts, { sha256Header: true }), ['X-Amz-Date', 'x-amz-content-sha256', 'Authorization'])
})

test('an earlier signature is replaced, token and all, and signing again gives the same', () => {
  const once = sign(plain, { body: 'x' }, { ...key, sessionToken: 'old' }, sts, new Date(0))
  const twice = sign(once, { body: 'x' }, key, sts, now)
  assert.deepEqual(twice, sign(plain, { body: 'x' }, key, sts, now))
  assert.equal(headerOf(twice, 'x-amz-date'), '20261121T093000Z')
})

test('headers that change on the way are not signed, and neither is the secret shown', () => {
  const headers = ['User-Agent', 'Connection', 'Expect', 'Transfer-Encoding', 'X-Amzn-Trace-Id'].map(
    (name) => [name, 'x'] as const,
  )
  const signed = sign(
    { ...plain, headers: [...plain.headers, ...headers, ['Accept', '*/*']] },
    { body: '' },
    key,
    sts,
    now,
  )
  assert.match(headerOf(signed, 'authorization') ?? '', /SignedHeaders=accept;host;x-amz-date,/)
  assert.doesNotMatch(JSON.stringify(signed), /secret/)
})

test('a request that would be sent as something else than was signed is not signed', () => {
  const refuse = (change: Partial<WireRequest>) =>
    assert.throws(() => sign({ ...plain, ...change }, { body: '' }, key, sts, now), TypeError)
  refuse({ headers: [] })
  refuse({ headers: [...plain.headers, ['X-A', 'a\r\nX-B: c']] })
  refuse({ headers: [...plain.headers, ['X-A: b\r\nX-B', 'c']] })
  refuse({ target: 'http://example.com/' })
  refuse({ target: '/a b' })
  refuse({ target: '/a#b' })
  refuse({ method: 'GET /x' })
})
