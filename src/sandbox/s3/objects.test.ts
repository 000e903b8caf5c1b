import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { after, test } from 'node:test'
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3'
import { openStage, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin } = stage
const blobsThere = (): number => readdirSync(stage.sandbox.cloud.store.blobDirectory()).length

test('an object comes back as it was put, with what was said of it', async () => {
  const Bucket = await stage.bucket()
  const put = await admin.send(
    new PutObjectCommand({
      Bucket,
      Key: 'note.txt',
      Body: 'hello',
      ContentType: 'text/plain; charset=utf-8',
      CacheControl: 'no-store',
      Metadata: { owner: 'ann' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'team=blue&empty=',
    }),
  )
  assert.equal(put.ETag, `"${createHash('md5').update('hello').digest('hex')}"`)
  const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'note.txt', ChecksumMode: 'ENABLED' }))
  assert.equal(await got.Body?.transformToString(), 'hello')
  assert.equal(got.ContentType, 'text/plain; charset=utf-8')
  assert.equal(got.CacheControl, 'no-store')
  assert.deepEqual(got.Metadata, { owner: 'ann' })
  assert.equal(got.StorageClass, 'STANDARD_IA')
  assert.equal(got.TagCount, 2)
  assert.equal(got.ChecksumCRC32, put.ChecksumCRC32)
  assert.equal(got.ChecksumType, 'FULL_OBJECT')
  const head = await admin.send(new HeadObjectCommand({ Bucket, Key: 'note.txt' }))
  assert.equal(head.ContentLength, 5)
  await admin.send(new DeleteObjectCommand({ Bucket, Key: 'note.txt' }))
  const missing = await refused(admin.send(new GetObjectCommand({ Bucket, Key: 'note.txt' })), 'NoSuchKey')
  assert.equal(missing.$metadata.httpStatusCode, 404)
  await refused(admin.send(new HeadObjectCommand({ Bucket, Key: 'note.txt' })), 'NotFound')
})

test('a key is a name and never a path', async () => {
  const Bucket = await stage.bucket()
  const keys = [
    '../../etc/passwd',
    'a//b',
    '.',
    '..',
    '/',
    '/abs',
    'a/./b/../c',
    'ünï ✓/😀',
    'a+b c%20d',
    'x\\y',
    'k'.repeat(1024),
  ]
  for (const Key of keys) await admin.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
  for (const Key of keys) {
    const got = await admin.send(new GetObjectCommand({ Bucket, Key }))
    assert.equal(await got.Body?.transformToString(), Key)
  }
  const listed = await admin.send(new ListObjectsV2Command({ Bucket }))
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
  )
  for (const name of readdirSync(stage.sandbox.cloud.store.blobDirectory())) assert.match(name, /^[0-9a-f]{32}$/)
})

test('a key of 1025 bytes is too long', async () => {
  const Bucket = await stage.bucket()
  const Key = `${'é'.repeat(512)}x`
  await refused(admin.send(new PutObjectCommand({ Bucket, Key, Body: '-' })), 'KeyTooLongError')
})

test('ranges give their bytes, and one that is outside is refused', async () => {
  const Bucket = await stage.bucket()
  await admin.send(new PutObjectCommand({ Bucket, Key: 'digits', Body: '0123456789' }))
  const read = async (Range: string) => {
    const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'digits', Range }))
    return [await got.Body?.transformToString(), got.ContentRange, got.$metadata.httpStatusCode]
  }
  assert.deepEqual(await read('bytes=2-4'), ['234', 'bytes 2-4/10', 206])
  assert.deepEqual(await read('bytes=7-'), ['789', 'bytes 7-9/10', 206])
  assert.deepEqual(await read('bytes=-3'), ['789', 'bytes 7-9/10', 206])
  assert.deepEqual(await read('bytes=-30'), ['0123456789', 'bytes 0-9/10', 206])
  assert.deepEqual(await read('bytes=8-99'), ['89', 'bytes 8-9/10', 206])
  // Several ranges, units that are none and ranges that go backwards: the whole, as AWS has it.
  for (const odd of ['bytes=0-1,3-4', 'lines=1-2', 'bytes=4-2'])
    assert.deepEqual(await read(odd), ['0123456789', undefined, 200])
  for (const outside of ['bytes=10-', 'bytes=-0']) {
    const error = await refused(read(outside), 'InvalidRange')
    assert.equal(error.$metadata.httpStatusCode, 416)
  }
})

test('conditions on reading are answered 304 and 412', async () => {
  const Bucket = await stage.bucket()
  const { ETag } = await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v' }))
  const get = (condition: object) => admin.send(new GetObjectCommand({ Bucket, Key: 'k', ...condition }))
  const status = async (condition: object) =>
    get(condition).then(
      (got) => got.$metadata.httpStatusCode,
      (error) => error.$metadata.httpStatusCode,
    )
  const [past, future] = [new Date(Date.now() - 3_600_000), new Date(Date.now() + 3_600_000)]
  assert.equal(await status({ IfMatch: ETag }), 200)
  assert.equal(await status({ IfMatch: '"other"' }), 412)
  assert.equal(await status({ IfNoneMatch: ETag }), 304)
  assert.equal(await status({ IfNoneMatch: '"other"' }), 200)
  assert.equal(await status({ IfModifiedSince: past }), 200)
  assert.equal(await status({ IfModifiedSince: future }), 304)
  assert.equal(await status({ IfUnmodifiedSince: past }), 412)
  assert.equal(await status({ IfMatch: ETag, IfUnmodifiedSince: past }), 200)
  assert.equal(await status({ IfNoneMatch: ETag, IfModifiedSince: past }), 304)
})

test('conditions on writing keep what is there', async () => {
  const Bucket = await stage.bucket()
  const put = (more: object) => admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'v', ...more }))
  await refused(put({ IfMatch: '"x"' }), 'NoSuchKey')
  const { ETag } = await put({ IfNoneMatch: '*' })
  await refused(put({ IfNoneMatch: '*' }), 'PreconditionFailed')
  await refused(put({ IfMatch: '"x"' }), 'PreconditionFailed')
  await put({ IfMatch: ETag })
})

test('overwriting and deleting leave no body behind', async () => {
  const Bucket = await stage.bucket()
  const before = blobsThere()
  for (const Body of ['one', 'two']) await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body }))
  assert.equal(blobsThere(), before + 1)
  await admin.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  await admin.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  assert.equal(blobsThere(), before)
})

test('several objects are deleted at once, those that are not there too', async () => {
  const Bucket = await stage.bucket()
  for (const Key of ['a', 'b&<c>']) await admin.send(new PutObjectCommand({ Bucket, Key, Body: '-' }))
  const Objects = ['a', 'b&<c>', 'gone'].map((Key) => ({ Key }))
  const { Deleted, Errors } = await admin.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    ['a', 'b&<c>', 'gone'],
  )
  assert.equal(Errors, undefined)
  const { KeyCount } = await admin.send(new ListObjectsV2Command({ Bucket }))
  assert.equal(KeyCount, 0)
})

test('a copy has the bytes and, unless replaced, what was said of them', async () => {
  const Bucket = await stage.bucket()
  const Key = 'from/a ✓+b'
  await admin.send(new PutObjectCommand({ Bucket, Key, Body: 'body', Metadata: { a: '1' }, ContentType: 'text/x' }))
  const CopySource = `/${Bucket}/${encodeURIComponent(Key)}`
  await admin.send(new CopyObjectCommand({ Bucket, Key: 'kept', CopySource }))
  const replaced = { MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const
  await admin.send(new CopyObjectCommand({ Bucket, Key: 'replaced', CopySource, ...replaced }))
  const kept = await admin.send(new GetObjectCommand({ Bucket, Key: 'kept' }))
  assert.equal(await kept.Body?.transformToString(), 'body')
  assert.deepEqual([kept.Metadata, kept.ContentType], [{ a: '1' }, 'text/x'])
  const other = await admin.send(new HeadObjectCommand({ Bucket, Key: 'replaced' }))
  assert.deepEqual([other.Metadata, other.ContentType], [{ b: '2' }, 'binary/octet-stream'])
  await refused(admin.send(new CopyObjectCommand({ Bucket, Key, CopySource })), 'InvalidRequest')
  await admin.send(new CopyObjectCommand({ Bucket, Key, CopySource, ...replaced }))
  await refused(admin.send(new CopyObjectCommand({ Bucket, Key, CopySource: `${Bucket}/none` })), 'NoSuchKey')
})

test('tags of an object are replaced and counted', async () => {
  const Bucket = await stage.bucket()
  await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '-', Tagging: 'a=1' }))
  const tag = (...TagSet: { Key: string; Value: string }[]) =>
    admin.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging: { TagSet } }))
  await tag({ Key: 'b', Value: '2' })
  const { TagSet } = await admin.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))
  assert.deepEqual(TagSet, [{ Key: 'b', Value: '2' }])
  await refused(tag({ Key: 'x', Value: '1' }, { Key: 'x', Value: '2' }), 'InvalidTag')
  await refused(tag({ Key: 'aws:x', Value: '1' }), 'InvalidTag')
  await refused(tag(...Array.from({ length: 11 }, (_, n) => ({ Key: `k${n}`, Value: '' }))), 'BadRequest')
})

test('what is not built says so by name', async () => {
  const Bucket = await stage.bucket()
  const put = (more: object) => admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '-', ...more }))
  await refused(put({ ObjectLockMode: 'GOVERNANCE' }), 'NotImplemented')
  await refused(put({ ACL: 'public-read' }), 'AccessControlListNotSupported')
  await put({ ACL: 'bucket-owner-full-control', ServerSideEncryption: 'AES256' })
  const answer = await stage.raw({ method: 'GET', target: `/${Bucket}?inventory&id=x`, key: stage.adminKey })
  assert.equal(answer.status, 501)
  assert.match(answer.body, /<Code>NotImplemented<\/Code>.*<Header>inventory<\/Header>/)
})
