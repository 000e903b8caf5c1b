import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { SigningKey } from '../../model/signing-key.ts'
import { headerOf, type WireRequest } from '../message.ts'
import { readAuthentication } from './authentication.ts'
import { sha256 } from './canonical.ts'
import { decodeChunks } from './chunks.ts'
import { isStreaming, type Payload } from './payload.ts'
import { sign } from './sign.ts'
import { verify, verifySignature } from './verify.ts'

interface Vectors {
  readonly now: string
  readonly cases: readonly {
    readonly name: string
    readonly key: SigningKey
    readonly scope: { readonly region: string; readonly service: string }
    readonly request: WireRequest
    readonly body: string
  }[]
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('botocore.vectors.json', import.meta.url), 'utf8'))
const now = new Date(vectors.now)

for (const { name, key, scope, request, body } of vectors.cases) {
  const bytes = Buffer.from(body, 'base64')
  const routed = name.includes('virtual host') ? { hostBucket: 'my-bucket-1' } : {}

  test(`botocore: ${name}: verifies, and not with another secret or a minute past its time`, async () => {
    const read = readAuthentication(request)
    assert.ok(read.allowed, JSON.stringify(read))
    const { authentication } = read
    const received = isStreaming(authentication.payload) ? ('streamed' as const) : bytes
    const at = (minutes: number) => new Date(now.getTime() + minutes * 60_000)
    const decide = (known: SigningKey, when: Date) =>
      verify(request, received, async () => known, when, { scope, ...routed })
    const decision = await decide(key, now)
    assert.equal(decision.allowed ? 'allowed' : `${decision.code}: ${decision.because}`, 'allowed')
    assert.equal((await decide({ ...key, secretAccessKey: 'other' }, now)).allowed, false)
    assert.equal((await decide(key, at(15))).allowed, true)
    assert.equal((await decide(key, at(16))).allowed, false)
    const payload = authentication.payload ?? sha256(bytes)
    assert.equal(verifySignature({ ...request, target: `/x${request.target}` }, authentication, key, payload), false)
  })

  const authorization = headerOf(request, 'authorization')
  // `sign` writes X-Amz-Date itself and signs all it is given; what botocore signed is given, in its spelling.
  if (authorization === undefined || headerOf(request, 'x-amz-date') === undefined || request.target.includes('+'))
    continue

  test(`botocore: ${name}: is signed the same`, () => {
    const read = readAuthentication(request)
    assert.ok(read.allowed)
    const { payload, signedHeaders } = read.authentication
    const headers = request.headers.filter(([header]) => signedHeaders.includes(header.toLowerCase()))
    const declared: Payload = isStreaming(payload) ? { streaming: payload } : { body: bytes }
    assert.equal(headerOf(sign({ ...request, headers }, declared, key, scope, now), 'authorization'), authorization)
  })
}

test('a Signature Version 2 is for the bucket the request is routed to, whatever its unsigned Host says', async () => {
  const example = vectors.cases.find(({ name }) => name === 'presigned s3 get in version 2')
  assert.ok(example)
  const { key, request } = example
  const decide = (sent: WireRequest, hostBucket?: string) =>
    verify(sent, new Uint8Array(), async () => key, now, hostBucket === undefined ? {} : { hostBucket })
  assert.ok((await decide(request)).allowed)
  const moved = {
    ...request,
    target: request.target.replace('/bucket/', '/'),
    headers: [['Host', 'bucket.localhost']] as const,
  }
  assert.ok(!(await decide(moved)).allowed)
  assert.ok((await decide(moved, 'bucket')).allowed)
  assert.ok(!(await decide(moved, 'other')).allowed)
})

test('botocore: the chunks it sends over https decode to the data, with their checksum verified', async () => {
  const example = vectors.cases.find(({ name }) => name === 's3 over https with a trailing checksum')
  assert.ok(example)
  const read = readAuthentication(example.request)
  assert.ok(read.allowed)
  const trailers = [headerOf(example.request, 'x-amz-trailer') ?? '']
  const decodedLength = Number(headerOf(example.request, 'x-amz-decoded-content-length'))
  const decode = async (body: Buffer): Promise<string> => {
    const source = (async function* () {
      yield body
    })()
    const pieces: Uint8Array[] = []
    const options = { authentication: read.authentication, trailers, decodedLength }
    for await (const piece of decodeChunks(source, options)) pieces.push(piece)
    return Buffer.concat(pieces).toString()
  }
  const body = Buffer.from(example.body, 'base64')
  assert.equal(await decode(body), 'hello world')
  const changed = Buffer.from(body.toString('latin1').replace('hello', 'jello'), 'latin1')
  await assert.rejects(decode(changed), { code: 'payload-mismatch' })
})
