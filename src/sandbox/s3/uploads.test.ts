import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { until } from '../../../test/contracts/until.ts'
import { checksum } from '../../wire/checksum.ts'
import { readAuthentication } from '../../wire/sigv4/authentication.ts'
import { encodeChunks } from '../../wire/sigv4/chunks.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { integrityOf } from './integrity.ts'
import type { S3Request } from './request.ts'
import { openStage, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin, adminKey, raw, sandbox } = stage
const blobs = () => readdirSync(sandbox.cloud.store.blobDirectory())

/** That a request is refused with this status and code, and that nothing of its body stays. */
async function leavesNothing(answer: ReturnType<typeof raw>, status: number, code: string): Promise<void> {
  const { status: found, body } = await answer
  assert.equal(body.match(/<Code>(.*)<\/Code>/)?.[1], code)
  assert.equal(found, status)
  assert.deepEqual(blobs(), [])
}

const Bucket = await stage.bucket()
const put = { method: 'PUT', target: `/${Bucket}/k`, key: adminKey } as const

test('a body that is not what its headers promise leaves nothing', async () => {
  const wrongMd5 = createHash('md5').update('other').digest('base64')
  await leavesNothing(raw({ ...put, body: 'body', headers: { 'content-md5': wrongMd5 } }), 400, 'BadDigest')
  await leavesNothing(raw({ ...put, body: 'body', headers: { 'content-md5': 'short' } }), 400, 'InvalidDigest')
  const wrongCrc = { 'x-amz-checksum-crc32': 'AAAAAA==' }
  await leavesNothing(raw({ ...put, body: 'body', headers: wrongCrc }), 400, 'BadDigest')
  await leavesNothing(raw({ ...put, body: 'body', headers: { 'x-amz-checksum-crc32': 'AA==' } }), 400, 'InvalidRequest')
  const payload = { body: 'other' }
  await leavesNothing(raw({ ...put, body: 'body', payload }), 400, 'XAmzContentSHA256Mismatch')
  const right = [
    { 'content-md5': createHash('md5').update('body').digest('base64') },
    { 'x-amz-checksum-crc32': checksum('crc32', Buffer.from('body')) },
    {},
  ]
  for (const headers of right) {
    assert.equal((await raw({ ...put, body: 'body', headers })).status, 200)
    assert.equal((await raw({ ...put, method: 'DELETE' })).status, 204)
  }
})

test('an upload of unknown or impossible length is refused before its body', async () => {
  const tooLarge = { 'content-length': String(5 * 1024 ** 3 + 1) }
  const answer = await rawHead('PUT', `/${Bucket}/k`, tooLarge)
  assert.match(answer, /^HTTP\/1\.1 400 .*<Code>EntityTooLarge<\/Code>/s)
  const chunked = await rawHead('PUT', `/${Bucket}/k`, { 'transfer-encoding': 'chunked' })
  assert.match(chunked, /^HTTP\/1\.1 501 .*<Header>Transfer-Encoding<\/Header>/s)
  const none = await rawHead('PUT', `/${Bucket}/k`, {})
  assert.match(none, /^HTTP\/1\.1 411 .*<Code>MissingContentLength<\/Code>/s)
})

/** Sends a signed head without a body, and gives the first of the answer. */
function rawHead(method: string, target: string, more: Record<string, string>): Promise<string> {
  const { host, port } = new URL(sandbox.endpoint)
  const scope = { region: sandbox.region, service: 's3' }
  const request = { method, target, headers: Object.entries({ host, ...more }) }
  const signed = sign(request, { unsigned: true }, adminKey, scope, sandbox.cloud.now())
  const head = [`${method} ${target} HTTP/1.1`, ...signed.headers.map(([name, value]) => `${name}: ${value}`), '', '']
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(head.join('\r\n')))
    let answer = ''
    socket.on('data', (piece) => {
      answer += piece.toString()
      if (answer.includes('</Error>')) socket.destroy()
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

test('an upload that breaks off leaves nothing, and the object before it stays', async () => {
  await admin.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'before' }))
  const [present] = blobs()
  const { host, port } = new URL(sandbox.endpoint)
  const request = {
    method: 'PUT',
    target: `/${Bucket}/kept`,
    headers: [
      ['host', host],
      ['content-length', '1000000'],
    ] as const,
  }
  const scope = { region: sandbox.region, service: 's3' }
  const signed = sign(request, { unsigned: true }, adminKey, scope, sandbox.cloud.now())
  const head = [`PUT ${request.target} HTTP/1.1`, ...signed.headers.map(([name, value]) => `${name}: ${value}`)]
  const socket = connect(Number(port), '127.0.0.1', () =>
    socket.write(`${head.join('\r\n')}\r\n\r\n${'x'.repeat(99_999)}`),
  )
  await until(() => blobs().length === 2, 'what is half there')
  socket.destroy()
  await until(() => blobs().length === 1, 'its end')
  assert.deepEqual(blobs(), [present])
  const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'kept' }))
  assert.equal(await got.Body?.transformToString(), 'before')
  await raw({ method: 'DELETE', target: `/${Bucket}/kept`, key: adminKey })
})

/** A body in signed chunks, as SDKs for Java and others send it. */
async function signedChunks(tamper: (body: Buffer) => Buffer) {
  const pieces = [Buffer.from('a'.repeat(70_000)), Buffer.from('b'.repeat(30_000))]
  const { host } = new URL(sandbox.endpoint)
  const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'
  const frame = async (headers: readonly (readonly [string, string])[]) => {
    const read = readAuthentication({ method: 'PUT', target: `/${Bucket}/chunks`, headers })
    assert.ok(read.allowed)
    const framed: Uint8Array[] = []
    const options = { authentication: read.authentication, key: adminKey, checksum: 'crc32c' } as const
    for await (const piece of encodeChunks(pieces, options)) framed.push(piece)
    return Buffer.concat(framed)
  }
  const headersFor = (length: number): readonly (readonly [string, string])[] =>
    sign(
      {
        method: 'PUT',
        target: `/${Bucket}/chunks`,
        headers: [
          ['host', host],
          ['content-length', String(length)],
          ['content-encoding', 'aws-chunked,gzip'],
          ['x-amz-decoded-content-length', '100000'],
          ['x-amz-trailer', 'x-amz-checksum-crc32c'],
        ],
      },
      { streaming },
      adminKey,
      { region: sandbox.region, service: 's3' },
      sandbox.cloud.now(),
    ).headers
  const { length } = await frame(headersFor(1))
  const headers = headersFor(length)
  const body = tamper(await frame(headers))
  return raw({ method: 'PUT', target: `/${Bucket}/chunks`, headers: Object.fromEntries(headers), body })
}

test('a body in signed chunks is stored, and one with a changed byte is not', async () => {
  const flip = (at: number) => (body: Buffer) => {
    body[at] = (body[at] ?? 0) ^ 1
    return body
  }
  await leavesNothing(signedChunks(flip(500)), 403, 'SignatureDoesNotMatch')
  await leavesNothing(signedChunks(flip(80_000)), 403, 'SignatureDoesNotMatch')
  const answer = await signedChunks((body) => body)
  assert.equal(answer.status, 200, answer.body)
  const head = await admin.send(new HeadObjectCommand({ Bucket, Key: 'chunks', ChecksumMode: 'ENABLED' }))
  assert.equal(head.ContentLength, 100_000)
  assert.equal(head.ContentEncoding, 'gzip')
  assert.ok(head.ChecksumCRC32C)
})

/** A sandbox in a process of its own, which tells the most memory it has held when it is asked. */
const ownProcess = `
import { randomBytes } from 'node:crypto'
import { startSandbox } from ${JSON.stringify(new URL('../index.ts', import.meta.url).href)}
const sandbox = await startSandbox({ now: () => new Date(), randomBytes: (n) => randomBytes(n) })
const { endpoint, accessKeyId, secretAccessKey } = sandbox
const start = process.memoryUsage().rss
let highest = 0
setInterval(() => { highest = Math.max(highest, process.memoryUsage().rss - start) }, 10)
process.on('message', () => process.send({ highest }))
process.on('disconnect', async () => { await sandbox.close(); process.exit() })
process.send({ endpoint, accessKeyId, secretAccessKey })
`

test('a hundred megabytes go in and out without being held', async () => {
  const server = spawn(process.execPath, ['--input-type=module', '-e', ownProcess], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const told = async () => (await once(server, 'message'))[0]
  try {
    const { endpoint, ...credentials } = await told()
    const client = new S3Client({ endpoint, region: 'us-east-1', credentials, forcePathStyle: true, maxAttempts: 1 })
    await client.send(new CreateBucketCommand({ Bucket: 'large' }))
    const piece = Buffer.alloc(1024 * 1024, 'mayfly ')
    const size = 100 * piece.length
    const hash = createHash('md5')
    async function* body() {
      for (let sent = 0; sent < 100; sent++) {
        hash.update(piece)
        yield piece
      }
    }
    const Body = Readable.from(body())
    const { ETag } = await client.send(new PutObjectCommand({ Bucket: 'large', Key: 'k', Body, ContentLength: size }))
    assert.equal(ETag, `"${hash.digest('hex')}"`)
    const got = await client.send(new GetObjectCommand({ Bucket: 'large', Key: 'k' }))
    let received = 0
    assert.ok(got.Body instanceof Readable)
    for await (const bytes of got.Body) received += bytes.length
    assert.equal(received, size)
    client.destroy()
    const answer = told()
    server.send('how much?')
    const held = Math.round((await answer).highest / 1024 / 1024)
    assert.ok(held < 80, `held ${held} MB`)
  } finally {
    server.disconnect()
    await once(server, 'exit')
  }
})

test('a stream that the SDK sends with its checksum behind it is checked by it', async () => {
  const Body = Readable.from([Buffer.from('one'), Buffer.from('two')])
  await admin.send(
    new PutObjectCommand({ Bucket, Key: 'trailer', Body, ContentLength: 6, ChecksumAlgorithm: 'SHA256' }),
  )
  const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'trailer', ChecksumMode: 'ENABLED' }))
  assert.equal(got.ChecksumSHA256, createHash('sha256').update('onetwo').digest('base64'))
  assert.equal(await got.Body?.transformToString(), 'onetwo')
})

test('objects outlive the process, bodies without a row do not', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-s3-test-'))
  const during = async (work: (at: Awaited<ReturnType<typeof openStage>>) => Promise<void>) => {
    const opened = await openStage(directory)
    try {
      await work(opened)
    } finally {
      await opened.close()
    }
  }
  try {
    let name = ''
    await during(async (first) => {
      name = await first.bucket()
      await first.admin.send(new PutObjectCommand({ Bucket: name, Key: 'k', Body: 'kept' }))
      // As a crash leaves it: a body that has no row yet.
      writeFileSync(join(directory, 'objects', '0123456789abcdef.part'), 'half')
    })
    await during(async (second) => {
      const got = await second.admin.send(new GetObjectCommand({ Bucket: name, Key: 'k' }))
      assert.equal(await got.Body?.transformToString(), 'kept')
      assert.equal(readdirSync(join(directory, 'objects')).length, 1)
    })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('a body of another length than was said is not kept', () => {
  const headers = new Map([['content-length', '5']])
  const request = { header: (name: string) => headers.get(name) } as S3Request
  const { settle, witnesses } = integrityOf(request)
  for (const witness of witnesses) witness.update(Buffer.from('four'))
  assert.throws(() => settle(4), { code: 'IncompleteBody' })
  assert.equal(integrityOf(request).settle(5).md5.length, 32)
})

test('an upload is refused before its body is asked for when the caller may not write', async () => {
  await refused(stage.user().send(new PutObjectCommand({ Bucket, Key: 'no', Body: 'x' })), 'AccessDenied')
})
