import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuring } from '../../../test/contracts/effort.ts'
import type { WireRequest } from '../message.ts'
import { readAuthentication } from './authentication.ts'
import { presign } from './presign.ts'
import { sign } from './sign.ts'

const now = new Date('2026-11-21T09:30:00Z')
const key = { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' }
const scope = { region: 'us-east-1', service: 's3' }
const plain: WireRequest = { method: 'GET', target: '/a?b=c', headers: [['Host', 'example.com']] }
const signed = sign(plain, { body: '' }, key, scope, now)
const url = presign(plain, key, scope, now, 60)

const outcome = (request: WireRequest): string => {
  const read = readAuthentication(request)
  return read.allowed ? 'allowed' : read.code
}
const because = (request: WireRequest): string => {
  const read = readAuthentication(request)
  return read.allowed ? 'allowed' : read.because
}
const withHeader = (request: WireRequest, name: string, value: string): WireRequest => ({
  ...request,
  headers: [...request.headers.filter(([known]) => known.toLowerCase() !== name.toLowerCase()), [name, value]],
})
const adding = (request: WireRequest, name: string, value: string): WireRequest => ({
  ...request,
  headers: [...request.headers, [name, value]],
})
const editing = (from: string | RegExp, to: string): WireRequest => ({
  ...signed,
  headers: signed.headers.map(([name, value]) => [name, name === 'Authorization' ? value.replace(from, to) : value]),
})
const editingUrl = (from: string | RegExp, to: string): WireRequest => ({
  ...url,
  target: url.target.replace(from, to),
})

test('a signed header and a presigned URL are read into what they say', () => {
  for (const [request, form] of [
    [signed, 'header'],
    [url, 'query'],
  ] as const) {
    const read = readAuthentication(request)
    assert.ok(read.allowed)
    const { authentication } = read
    assert.equal(authentication.form, form)
    assert.equal(authentication.accessKeyId, key.accessKeyId)
    assert.deepEqual(authentication.scope, { date: '20261121', ...scope })
    assert.equal(authentication.at.toISOString(), now.toISOString())
    assert.equal(authentication.sessionToken, 'token')
    assert.equal(authentication.expiresSeconds, form === 'query' ? 60 : undefined)
  }
})

test('no authentication at all is told from a broken one', () => {
  assert.equal(outcome(plain), 'missing-authentication')
  assert.equal(outcome(withHeader(plain, 'Authorization', '')), 'malformed-authentication')
  assert.equal(outcome(withHeader(plain, 'Authorization', 'Bearer x')), 'malformed-authentication')
  assert.equal(outcome(withHeader(plain, 'Authorization', 'AWS AKIA:sig=')), 'malformed-authentication')
  assert.equal(
    because(editing('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256')),
    "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'",
  )
})

test('every missing part is named in the words of AWS, and the header itself is only hashed', () => {
  const bare = withHeader(plain, 'Authorization', 'AWS4-HMAC-SHA256 ')
  assert.match(
    because(bare),
    /^Authorization header requires 'Credential' parameter\. Authorization header requires 'Signature' parameter\. Authorization header requires 'SignedHeaders' parameter\. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header\. \(Hashed with SHA-256 and encoded with Base64\) Authorization=[\w+/=]{44}$/,
  )
  assert.match(because(editing(/Credential=[^,]+, /, '')), /^Authorization header requires 'Credential' parameter\. \(/)
  assert.match(because(editingUrl(/&X-Amz-Date=\w+/, '')), /must include: 'X-Amz-Date'/)
})

test('malformed parts are refused', () => {
  assert.equal(outcome(signed), 'allowed')
  for (const request of [
    editing('/us-east-1', ''),
    editing('us-east-1', 'us-east-1/x'),
    editing('us-east-1', ''),
    editing('us-east-1', 'us\u0000east'),
    editing(/Signature=\w/, 'Signature='),
    editing(/Signature=.*/, `Signature=${'A'.repeat(64)}`),
    editing('Signature=', 'Signature=1, Signature='),
    editing('SignedHeaders=host', 'SignedHeaders=Host'),
    editing('SignedHeaders=host', 'SignedHeaders=host;host'),
    withHeader(signed, 'X-Amz-Date', '20261121T250000Z'),
    withHeader(signed, 'X-Amz-Date', '20260231T090000Z'),
    withHeader(signed, 'X-Amz-Date', '2026-11-21T09:30:00Z'),
    withHeader(signed, 'x-amz-content-sha256', 'STREAMING-SOMETHING'),
    { ...signed, target: 'http://example.com/a' },
    { ...signed, target: '*' },
    { ...signed, target: '/a b' },
    { ...signed, method: 'GET\nX' },
    adding(signed, 'x-other', 'a\r\nx-amz-acl: public-read'),
  ])
    assert.equal(outcome(request), 'malformed-authentication')
})

test('a date or a terminator that the scope contradicts is refused', () => {
  assert.equal(outcome(editing('20261121', '20261120')), 'wrong-scope')
  assert.equal(outcome(editing('aws4_request', 'aws5_request')), 'wrong-scope')
})

test('authentication said twice, or in two ways, is refused', () => {
  const authorization = signed.headers.at(-1)?.[1] ?? ''
  for (const request of [
    adding(signed, 'authorization', authorization),
    { ...signed, target: url.target },
    { ...url, target: `${url.target}&X-Amz-Expires=604800` },
    { ...url, target: `${url.target}&x-amz-expires=604800` },
    { ...url, target: `${url.target}&X-Amz-%45xpires=604800` },
    { ...url, target: `${url.target}&AWSAccessKeyId=AKIA` },
    adding(signed, 'X-Amz-Date', '20261121T093000Z'),
    adding(signed, 'Host', 'other.example.com'),
    adding(signed, 'X-Amz-Security-Token', 'token'),
    adding(url, 'X-Amz-Security-Token', 'token'),
  ])
    assert.equal(outcome(request), 'malformed-authentication')
})

test('what matters must be signed: host, date, token and every x-amz- header', () => {
  for (const name of ['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])
    assert.equal(
      outcome(editing(new RegExp(`(=|;)${name}(;?)`), name === 'host' ? '$1' : '$2')),
      'unsigned-header',
      name,
    )
  assert.equal(outcome(adding(signed, 'x-amz-acl', 'public-read')), 'unsigned-header')
  assert.equal(outcome(adding(url, 'x-amz-acl', 'public-read')), 'unsigned-header')
  assert.equal(outcome(adding(signed, 'x-amzn-trace-id', 'Root=1')), 'allowed')
  assert.equal(outcome(adding(signed, 'range', 'bytes=0-1')), 'allowed')
})

test('a presigned URL lives from a second to a week', () => {
  for (const [expires, expected] of [
    ['1', 'allowed'],
    ['604800', 'allowed'],
    ['604801', 'malformed-authentication'],
    ['0', 'malformed-authentication'],
    ['-1', 'malformed-authentication'],
    ['1e3', 'malformed-authentication'],
    ['99999999999999999999', 'malformed-authentication'],
  ] as const)
    assert.equal(outcome(editingUrl('X-Amz-Expires=60', `X-Amz-Expires=${expires}`)), expected, expires)
})

test('a Signature Version 2 query needs its three parts, each once', () => {
  const target = `/b/k?AWSAccessKeyId=AKIA&Signature=${'a'.repeat(27)}%3D&Expires=1795254300`
  assert.equal(outcome({ ...plain, target }), 'allowed')
  for (const wrong of [
    target.replace('&Expires=1795254300', ''),
    `${target}&Expires=9`,
    target.replace('%3D', ''),
    `${target}9999999`,
  ])
    assert.equal(outcome({ ...plain, target: wrong }), 'malformed-authentication')
})

test('a Signature Version 2 query may not say in a header again what it says in its query', () => {
  const target = `/b/k?AWSAccessKeyId=AKIA&Signature=${'a'.repeat(27)}%3D&Expires=1795254300&x-amz-acl=private`
  assert.equal(outcome(adding({ ...plain, target }, 'x-amz-meta-a', 'b')), 'allowed')
  assert.equal(outcome(adding({ ...plain, target }, 'x-amz-acl', 'public-read')), 'malformed-authentication')
})

test('arbitrary requests are refused without an exception, and a megabyte at once', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.string(), (target, authorization, other) => {
      readAuthentication({
        method: 'GET',
        target: `/${target}`,
        headers: [['Authorization', `AWS4-HMAC-SHA256 ${authorization}`]],
      })
      readAuthentication({
        method: 'GET',
        target: `/?X-Amz-Signature=${target}&${other}`,
        headers: [['x-amz-date', other]],
      })
    }),
  )
  for (const part of ['Credential=', ',', ' ', 'a=,', 'a;', '%41'].map((piece) =>
    piece.repeat(1_000_000 / piece.length),
  )) {
    const effort = measuring()
    outcome(withHeader(plain, 'Authorization', `AWS4-HMAC-SHA256 ${part}`))
    outcome(editing('SignedHeaders=', `SignedHeaders=${part}`))
    outcome(editingUrl('?', `?${part}&`))
    assert.ok(effort() < 1000)
  }
})
