import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checksumAlgorithms } from '../checksum.ts'
import type { WireRequest } from '../message.ts'
import { WireFault } from '../wire-fault.ts'
import { type Authentication, readAuthentication } from './authentication.ts'
import { type DecodeChunksOptions, decodeChunks, encodeChunks } from './chunks.ts'
import { type StreamingPayload, streamingPayloads } from './payload.ts'
import { sign } from './sign.ts'

const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const now = new Date('2013-05-24T00:00:00Z')

function authenticationFor(streaming: StreamingPayload): Authentication {
  const request: WireRequest = { method: 'PUT', target: '/b/k', headers: [['Host', 's3.amazonaws.com']] }
  const read = readAuthentication(sign(request, { streaming }, key, { region: 'us-east-1', service: 's3' }, now))
  assert.ok(read.allowed)
  return read.authentication
}

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

const decode = (bytes: Uint8Array, options: DecodeChunksOptions, size = 7) =>
  collect(decodeChunks(cut(bytes, size), options))

const payloads = fc.constantFrom(...streamingPayloads)
const samples = fc.record({
  payload: payloads,
  pieces: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
  checksum: fc.option(fc.constantFrom(...checksumAlgorithms), { nil: undefined }),
  size: fc.integer({ min: 1, max: 50 }),
})

test('what is encoded decodes to the same data, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(samples, async ({ payload, pieces, checksum, size }) => {
      const authentication = authenticationFor(payload)
      const encoded = await collect(encodeChunks(pieces, { authentication, key, ...(checksum && { checksum }) }))
      const trailers = checksum && payload.endsWith('TRAILER') ? [`x-amz-checksum-${checksum}`] : []
      const seen: string[] = []
      const onTrailers = (received: ReadonlyMap<string, string>) => seen.push(...received.keys())
      const whole = Buffer.concat(pieces)
      const options = { authentication, key, trailers, onTrailers, decodedLength: whole.length }
      assert.deepEqual(await decode(encoded, options, size), whole)
      assert.deepEqual(seen, trailers)
    }),
  )
})

test('no byte can be changed, dropped or added', async () => {
  await fc.assert(
    fc.asyncProperty(
      samples,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async ({ payload, pieces, size }, at, bits) => {
        const authentication = authenticationFor(payload)
        const checksum = 'sha256'
        const encoded = await collect(encodeChunks(pieces, { authentication, key, checksum }))
        const trailers = payload.endsWith('TRAILER') ? ['x-amz-checksum-sha256'] : []
        const decodedLength = Buffer.concat(pieces).length
        const place = at % encoded.length
        const changed = Buffer.from(encoded)
        changed[place] = (changed[place] ?? 0) ^ bits
        const options = { authentication, key, trailers, decodedLength }
        const same = Buffer.from(changed.toString('latin1').toLowerCase()).equals(
          Buffer.from(encoded.toString('latin1').toLowerCase()),
        )
        // The case of a length's digits and of a trailer's name says nothing, as RFC 9110 has it.
        if (!same) await assert.rejects(decode(changed, options, size), WireFault)
        const dropped = Buffer.concat([encoded.subarray(0, place), encoded.subarray(place + 1)])
        await assert.rejects(decode(dropped, options, size), WireFault)
        await assert.rejects(decode(encoded.subarray(0, place), options, size), WireFault)
        await assert.rejects(decode(Buffer.concat([encoded, Buffer.of(bits)]), options, size), WireFault)
      },
    ),
  )
})

test("the example in AWS's documentation decodes, seed, chunks and all", async () => {
  const headers = [
    ['Host', 's3.amazonaws.com'],
    ['x-amz-date', '20130524T000000Z'],
    ['x-amz-storage-class', 'REDUCED_REDUNDANCY'],
    ['Content-Encoding', 'aws-chunked'],
    ['x-amz-decoded-content-length', '66560'],
    ['Content-Length', '66824'],
  ] as const
  const request: WireRequest = { method: 'PUT', target: '/examplebucket/chunkObject.txt', headers }
  const scope = { region: 'us-east-1', service: 's3' }
  const read = readAuthentication(sign(request, { streaming: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' }, key, scope, now))
  assert.ok(read.allowed)
  const { authentication } = read
  assert.equal(authentication.signature, '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9')
  const signatures = [
    'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648',
    '0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497',
    'b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9',
  ]
  const chunk = (size: number, signature: string | undefined) =>
    `${size.toString(16)};chunk-signature=${signature}\r\n${'a'.repeat(size)}\r\n`
  const body = Buffer.from([65536, 1024, 0].map((size, index) => chunk(size, signatures[index])).join(''))
  assert.equal(body.length, 66824)
  assert.equal((await decode(body, { authentication, key, trailers: [], decodedLength: 66560 }, 1000)).length, 66560)
})

test('a signed chunk comes out only once its signature held', async () => {
  const authentication = authenticationFor('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  const encoded = await collect(encodeChunks([Buffer.from('one'), Buffer.from('two')], { authentication, key }))
  const changed = Buffer.from(encoded.toString('latin1').replace('two', 'TWO'), 'latin1')
  const out: string[] = []
  const read = async (): Promise<void> => {
    for await (const piece of decodeChunks(cut(changed, 1), { authentication, key, trailers: [] }))
      out.push(String(piece))
  }
  await assert.rejects(read(), { code: 'payload-mismatch' })
  assert.deepEqual(out, ['one'])
})

test('trailers come as announced: none more, none fewer, none twice', async () => {
  const authentication = authenticationFor('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
  const run = (text: string, trailers: readonly string[]) => decode(Buffer.from(text), { authentication, trailers })
  const crc = 'x-amz-checksum-crc32:DUoRhQ=='
  const body = 'b\r\nhello world\r\n0\r\n'
  assert.equal(String(await run(`${body}${crc}\r\n\r\n`, ['x-amz-checksum-crc32'])), 'hello world')
  await assert.rejects(run(`${body}${crc}\r\n\r\n`, []), { code: 'malformed' })
  await assert.rejects(run(`${body}\r\n`, ['x-amz-checksum-crc32']), { code: 'malformed' })
  await assert.rejects(run(`${body}${crc}\r\n${crc}\r\n\r\n`, ['x-amz-checksum-crc32']), { code: 'malformed' })
  await assert.rejects(run(`${body}${crc}\n\r\n`, ['x-amz-checksum-crc32']), { code: 'malformed' })
  await assert.rejects(run(`${body}x-amz-checksum-crc32:AAAAAA==\r\n\r\n`, ['x-amz-checksum-crc32']), {
    code: 'payload-mismatch',
  })
})

test('unsigned chunks carry no signature that nobody would check', async () => {
  const options = { authentication: authenticationFor('STREAMING-UNSIGNED-PAYLOAD-TRAILER'), trailers: [] }
  const signed = `5;chunk-signature=${'0'.repeat(64)}\r\nhello\r\n0\r\n\r\n`
  await assert.rejects(decode(Buffer.from(signed), options), { code: 'malformed' })
  assert.equal(String(await decode(Buffer.from('5\r\nhello\r\n0\r\n\r\n'), options)), 'hello')
})

test('sizes are bounded: chunk lines, signed chunks, and the whole', async () => {
  const signed = authenticationFor('STREAMING-AWS4-HMAC-SHA256-PAYLOAD')
  const unsigned = authenticationFor('STREAMING-UNSIGNED-PAYLOAD-TRAILER')
  const line = `1000001;chunk-signature=${'0'.repeat(64)}\r\n`
  await assert.rejects(decode(Buffer.from(line), { authentication: signed, key, trailers: [] }), { code: 'too-large' })
  const endless = Buffer.alloc(1_000_000, '0')
  await assert.rejects(decode(endless, { authentication: unsigned, trailers: [] }), { code: 'too-large' })
  const options = { authentication: unsigned, trailers: [], decodedLength: 4 }
  await assert.rejects(decode(Buffer.from('5\r\nhello\r\n0\r\n\r\n'), options), { code: 'payload-mismatch' })
  await assert.rejects(decode(Buffer.from('3\r\nhel\r\n0\r\n\r\n'), options), { code: 'payload-mismatch' })
  assert.equal(String(await decode(Buffer.from('4\r\nhell\r\n0\r\n\r\n'), options)), 'hell')
  await assert.rejects(decode(Buffer.from('0\r\n\r\n'), { authentication: signed, trailers: [] }), {
    code: 'payload-mismatch',
  })
})

test('arbitrary bytes are refused with nothing but a fault', async () => {
  await fc.assert(
    fc.asyncProperty(payloads, fc.uint8Array(), async (payload, bytes) => {
      await assert.rejects(decode(bytes, { authentication: authenticationFor(payload), key, trailers: [] }), WireFault)
    }),
  )
})
