import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { presign } from '../../wire/sigv4/presign.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import { openStage, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin, adminKey, raw, sandbox } = stage
const Bucket = await stage.bucket()
await admin.send(new PutObjectCommand({ Bucket, Key: 'a b', Body: 'hello' }))
const { host, port } = new URL(sandbox.endpoint)
const codeOf = (body: string): string | undefined => /<Code>(.*)<\/Code>/.exec(body)?.[1]

function presigned(method: string, target: string, expires = 60, at = sandbox.cloud.now()): string {
  const scope = { region: sandbox.region, service: 's3' }
  return presign({ method, target, headers: [['host', host]] }, adminKey, scope, at, expires).target
}

test('a presigned URL reads and writes for as long as it lives', async () => {
  const read = await raw({ method: 'GET', target: presigned('GET', `/${Bucket}/a%20b`) })
  assert.deepEqual([read.status, read.body], [200, 'hello'])
  const written = await raw({ method: 'PUT', target: presigned('PUT', `/${Bucket}/by-url`), body: 'more' })
  assert.equal(written.status, 200)
  const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'by-url' }))
  assert.equal(await got.Body?.transformToString(), 'more')
  const past = new Date(sandbox.cloud.now().getTime() - 61_000)
  const late = await raw({ method: 'GET', target: presigned('GET', `/${Bucket}/a%20b`, 60, past) })
  assert.equal(late.status, 403)
  assert.match(late.body, /<Code>AccessDenied<\/Code><Message>Request has expired<\/Message>/)
  const other = await raw({ method: 'PUT', target: presigned('GET', `/${Bucket}/a%20b`), body: 'x' })
  assert.equal(codeOf(other.body), 'SignatureDoesNotMatch')
})

test('a presigned URL may say what the headers are to be, but not smuggle any', async () => {
  const want = (value: string) =>
    raw({
      method: 'GET',
      target: presigned('GET', `/${Bucket}/a%20b?response-content-disposition=${encodeURIComponent(value)}`),
    })
  const { headers } = await want('attachment; filename="x.txt"')
  assert.equal(headers['content-disposition'], 'attachment; filename="x.txt"')
  for (const bad of ['a\r\nset-cookie: x=1', '日本.txt']) assert.equal((await want(bad)).status, 400)
})

test('headers may stand in the query of a presigned URL, and only there', async () => {
  const target = `/${Bucket}/hoisted?x-amz-meta-owner=ann&X-Amz-Storage-Class=GLACIER`
  const smuggled = { 'x-amz-meta-more': 'x' }
  const refusal = await raw({ method: 'PUT', target: presigned('PUT', target), body: 'x', headers: smuggled })
  assert.equal(codeOf(refusal.body), 'AccessDenied')
  assert.equal((await raw({ method: 'PUT', target: presigned('PUT', target), body: 'x' })).status, 200)
  const got = await raw({ method: 'HEAD', target: `/${Bucket}/hoisted`, key: adminKey })
  assert.equal(got.headers['x-amz-meta-owner'], 'ann')
  assert.equal(got.headers['x-amz-storage-class'], 'GLACIER')
  const split = presigned('PUT', `/${Bucket}/hoisted?x-amz-meta-a=b%0d%0aset-cookie:c`)
  assert.equal((await raw({ method: 'PUT', target: split, body: 'x' })).status, 400)
  const name = presigned('PUT', `/${Bucket}/hoisted?x-amz-meta-a%0d%0ab=c`)
  assert.equal((await raw({ method: 'PUT', target: name, body: 'x' })).status, 200)
  assert.equal((await raw({ method: 'HEAD', target: `/${Bucket}/hoisted`, key: adminKey })).status, 200)
  assert.equal((await raw({ method: 'PUT', target, key: adminKey, body: 'x' })).status, 200)
  const plain = await raw({ method: 'HEAD', target: `/${Bucket}/hoisted`, key: adminKey })
  assert.equal(plain.headers['x-amz-meta-owner'], undefined)
})

test('answers carry the ids of S3, refusals to HEAD no body', async () => {
  const head = await raw({ method: 'HEAD', target: `/${Bucket}/none`, key: adminKey })
  assert.deepEqual([head.status, head.body], [404, ''])
  assert.ok(head.headers['x-amz-request-id'])
  assert.ok(head.headers['x-amz-id-2'])
  const got = await raw({ method: 'GET', target: `/${Bucket}/a%20b`, key: adminKey })
  assert.ok(got.headers['x-amz-request-id'])
  assert.equal(got.headers['accept-ranges'], 'bytes')
})

test('a refusal names the key, the bucket or the upload it is about', async () => {
  const key = await raw({ method: 'GET', target: `/${Bucket}/no%26ne`, key: adminKey })
  assert.match(
    key.body,
    /<Code>NoSuchKey<\/Code><Message>The specified key does not exist.<\/Message><Key>no&amp;ne<\/Key>/,
  )
  const bucket = await raw({ method: 'GET', target: '/no-such-bucket', key: adminKey })
  assert.match(bucket.body, /<Code>NoSuchBucket<\/Code>.*<BucketName>no-such-bucket<\/BucketName>/)
  const upload = await raw({ method: 'DELETE', target: `/${Bucket}/k?uploadId=x`, key: adminKey })
  assert.match(upload.body, /<Code>NoSuchUpload<\/Code>.*<UploadId>x<\/UploadId>/)
})

test('a bucket can be the first part of the host name', async () => {
  const headers = { host: `${Bucket}.localhost:${port}` }
  const got = await raw({ method: 'GET', target: '/a%20b', key: adminKey, headers })
  assert.deepEqual([got.status, got.body], [200, 'hello'])
  const listed = await raw({ method: 'GET', target: '/?list-type=2', key: adminKey, headers })
  assert.match(listed.body, new RegExp(`<Name>${Bucket}</Name>`))
  const plain = await raw({
    method: 'GET',
    target: `/${Bucket}/a%20b`,
    key: adminKey,
    headers: { host: `localhost:${port}` },
  })
  assert.equal(plain.body, 'hello')
})

test('requests that are none are refused', async () => {
  const status = async (method: string, target: string, body = '', headers = {}) => {
    const answer = await raw({ method, target, body, key: adminKey, headers })
    return [answer.status, codeOf(answer.body)]
  }
  assert.deepEqual(await status('PUT', '/'), [405, 'MethodNotAllowed'])
  assert.deepEqual(await status('POST', `/${Bucket}/k`), [405, 'MethodNotAllowed'])
  assert.deepEqual(await status('GET', `/${Bucket}/%ff`), [400, 'InvalidURI'])
  assert.deepEqual(await status('PUT', `/${Bucket}?website`, '<x/>'), [501, 'NotImplemented'])
  assert.deepEqual(await status('PUT', `/${Bucket}?tagging`, '<!DOCTYPE x><x/>'), [400, 'MalformedXML'])
  assert.deepEqual(await status('PUT', `/${Bucket}?tagging`, '<Tagging>'), [400, 'MalformedXML'])
  assert.deepEqual(await status('POST', `/${Bucket}?delete`, '<Delete><Object><Key>k</Key></Object></Delete>'), [
    400,
    'InvalidRequest',
  ])
  assert.deepEqual(await status('GET', `/${Bucket}/a%20b?versionId=null`), [200, undefined])
  assert.deepEqual(await status('GET', `/${Bucket}/a%20b?versionId=1`), [400, 'InvalidArgument'])
})

test('keys that are unknown or whose secret is another are refused as S3 does', async () => {
  const as = (key: typeof adminKey) => stage.clientFor(key).send(new GetObjectCommand({ Bucket, Key: 'a b' }))
  await refused(as({ ...adminKey, secretAccessKey: 'x'.repeat(40) }), 'SignatureDoesNotMatch')
  await refused(as({ ...adminKey, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' }), 'InvalidAccessKeyId')
  await refused(as({ ...adminKey, sessionToken: 'token' } as typeof adminKey), 'InvalidToken')
})

test('a refused signature says whose key it was and what the times were', async () => {
  const target = `/${Bucket}/a%20b`
  const wrong = await raw({ method: 'GET', target, key: { ...adminKey, secretAccessKey: 'x'.repeat(40) } })
  assert.match(wrong.body, new RegExp(`<AWSAccessKeyId>${adminKey.accessKeyId}</AWSAccessKeyId><SignatureProvided>`))
  const unknown = await raw({ method: 'GET', target, key: { ...adminKey, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } })
  assert.match(unknown.body, /<AWSAccessKeyId>AKIAIOSFODNN7EXAMPLE<\/AWSAccessKeyId>/)
  const long = new Date(sandbox.cloud.now().getTime() - 3_600_000)
  const late = await raw({ method: 'GET', target: presigned('GET', target, 60, long) })
  assert.match(late.body, /<X-Amz-Expires>60<\/X-Amz-Expires><Expires>[^<]+Z<\/Expires><ServerTime>/)
  const request = { method: 'GET', target, headers: [['host', host]] as const }
  const signed = sign(request, { body: '' }, adminKey, { region: sandbox.region, service: 's3' }, long)
  const skewed = await raw({ method: 'GET', target, headers: Object.fromEntries(signed.headers) })
  assert.match(skewed.body, /<Code>RequestTimeTooSkewed<.*<MaxAllowedSkewMilliseconds>900000</)
})

test('object calls are no management events, bucket calls are', () => {
  const events = [...sandbox.cloud.calls.values()]
  const managed = (operation: string) =>
    new Set(events.filter((call) => call.operation === operation).map(({ detail }) => detail.managementEvent))
  assert.deepEqual([...managed('GetObject')], [false])
  assert.deepEqual([...managed('PutObject')], [false])
  assert.deepEqual([...managed('CreateBucket')], [true])
})
