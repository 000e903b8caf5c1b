import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { headerOf, type WireRequest } from '../message.ts'
import { encodeUri } from '../uri.ts'
import { readAuthentication } from './authentication.ts'
import { decodeChunks } from './chunks.ts'
import { isStreaming } from './payload.ts'
import { verify } from './verify.ts'

const credentials = { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret', sessionToken: 'to/ken+==' }

interface Sent {
  readonly request: WireRequest
  readonly body: AsyncIterable<Uint8Array>
}

/** A request handler that keeps what would be sent, as it would stand on the wire. */
function keepSent(sent: Sent[]) {
  return {
    handle: async (request: unknown): Promise<never> => {
      assert.ok(isOutgoing(request))
      const query = Object.entries(request.query ?? {}).flatMap(([name, values]) =>
        [values].flat().map((value) => `${encodeUri(name)}${value === null ? '' : `=${encodeUri(value)}`}`),
      )
      const target = `${request.path}${query.length > 0 ? `?${query.join('&')}` : ''}`
      const headers = Object.entries(request.headers)
      const body = request.body ?? ''
      const bytes = typeof body === 'string' || body instanceof Uint8Array ? [Buffer.from(body)] : body
      sent.push({ request: { method: request.method, target, headers }, body: Readable.from(bytes) })
      throw new Error('kept, not sent')
    },
  }
}

interface Outgoing {
  readonly method: string
  readonly path: string
  readonly query?: Record<string, string | string[] | null>
  readonly headers: Record<string, string>
  readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>
}

const isOutgoing = (request: unknown): request is Outgoing =>
  typeof request === 'object' && request !== null && 'method' in request && 'path' in request && 'headers' in request

async function verifySent({ request, body }: Sent): Promise<string> {
  const read = readAuthentication(request)
  assert.ok(read.allowed, JSON.stringify(read))
  const { authentication } = read
  const { at, payload } = authentication
  const pieces: Uint8Array[] = []
  const streamed = isStreaming(payload)
  const trailers = [headerOf(request, 'x-amz-trailer') ?? []].flat()
  const source = streamed ? decodeChunks(body, { authentication, key: credentials, trailers }) : body
  for await (const piece of source) pieces.push(piece)
  const data = Buffer.concat(pieces)
  const decision = await verify(request, streamed ? 'streamed' : data, async () => credentials, at)
  assert.equal(decision.allowed ? 'allowed' : decision.because, 'allowed')
  const other = async () => ({ ...credentials, secretAccessKey: 'other' })
  assert.equal((await verify(request, streamed ? 'streamed' : data, other, at)).allowed, false)
  return data.toString()
}

test('what the JavaScript SDK sends to STS verifies', async () => {
  const sent: Sent[] = []
  const client = new STSClient({ region: 'us-east-1', credentials, maxAttempts: 1, requestHandler: keepSent(sent) })
  const input = {
    RoleArn: 'arn:aws:iam::111122223333:role/dev',
    RoleSessionName: 'ann',
    Tags: [{ Key: 'a b', Value: 'é+' }],
  }
  await assert.rejects(client.send(new AssumeRoleCommand(input)), /kept/)
  assert.ok(sent[0])
  assert.match(await verifySent(sent[0]), /^(?=.*Action=AssumeRole)(?=.*Tags\.member\.1\.Key=a%20b)/)
})

test('what the JavaScript SDK sends to S3 verifies: odd keys, whole bodies, and streams in chunks with a trailer', async () => {
  const sent: Sent[] = []
  const requestHandler = keepSent(sent)
  const options = { region: 'eu-west-1', credentials, maxAttempts: 1, forcePathStyle: true, requestHandler }
  const client = new S3Client({ ...options, endpoint: 'http://127.0.0.1:9000' })
  const place = { Bucket: 'bucket', Key: 'a b/ü+//../(1).txt' }
  await assert.rejects(client.send(new GetObjectCommand(place)), /kept/)
  await assert.rejects(client.send(new PutObjectCommand({ ...place, Body: 'hello' })), /kept/)
  const Body = Readable.from([Buffer.from('hello '), Buffer.from('world')])
  await assert.rejects(client.send(new PutObjectCommand({ ...place, Body, ContentLength: 11 })), /kept/)
  const [get, put, stream] = sent
  assert.ok(get && put && stream)
  await verifySent(get)
  assert.equal(await verifySent(put), 'hello')
  assert.match(headerOf(stream.request, 'x-amz-content-sha256') ?? '', /^STREAMING-/)
  assert.equal(await verifySent(stream), 'hello world')
})
