import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { after, test } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { checksum } from '../../wire/checksum.ts'
import { openStage, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin } = stage
const blobsThere = (): number => readdirSync(stage.sandbox.cloud.store.blobDirectory()).length

const large = Buffer.alloc(5 * 1024 * 1024, 'large ')
const md5 = (...pieces: Uint8Array[]): Buffer => createHash('md5').update(Buffer.concat(pieces)).digest()

async function begin(Bucket: string, Key: string, more: object = {}) {
  const { UploadId } = await admin.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }))
  const at = { Bucket, Key, UploadId }
  const part = async (PartNumber: number, Body: Uint8Array, checked: object = {}) => {
    const sent = await admin.send(new UploadPartCommand({ ...at, PartNumber, Body, ...checked }))
    const { ETag, ChecksumSHA256 } = sent
    return { PartNumber, ETag, ChecksumSHA256 }
  }
  const complete = (...Parts: object[]) =>
    admin.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts } }))
  return { at, part, complete }
}

test('parts make one object, in the order of their numbers', async () => {
  const Bucket = await stage.bucket()
  const small = Buffer.from('the end')
  const { at, part, complete } = await begin(Bucket, 'whole', { ContentType: 'text/plain', Metadata: { a: '1' } })
  const second = await part(2, small)
  await part(1, Buffer.from('replaced'))
  const first = await part(1, large)
  await part(3, Buffer.from('not named'))
  const { Parts } = await admin.send(new ListPartsCommand({ ...at, MaxParts: 2 }))
  assert.deepEqual(
    Parts?.map(({ PartNumber, Size }) => [PartNumber, Size]),
    [
      [1, large.length],
      [2, small.length],
    ],
  )
  const before = blobsThere()
  const { ETag } = await complete(first, second)
  assert.equal(blobsThere(), before - 1)
  assert.equal(ETag, `"${md5(md5(large), md5(small)).toString('hex')}-2"`)
  const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'whole' }))
  assert.ok(Buffer.concat([large, small]).equals(Buffer.from((await got.Body?.transformToByteArray()) ?? [])))
  assert.deepEqual([got.ContentType, got.Metadata], ['text/plain', { a: '1' }])
  const seam = await admin.send(
    new GetObjectCommand({ Bucket, Key: 'whole', Range: `bytes=${large.length - 2}-${large.length + 2}` }),
  )
  const expected = Buffer.concat([large.subarray(-2), small.subarray(0, 3)]).toString()
  assert.equal(await seam.Body?.transformToString(), expected)
  const last = await admin.send(new GetObjectCommand({ Bucket, Key: 'whole', PartNumber: 2 }))
  assert.deepEqual([await last.Body?.transformToString(), last.PartsCount], ['the end', 2])
  const none = await refused(
    admin.send(new GetObjectCommand({ Bucket, Key: 'whole', PartNumber: 3 })),
    'InvalidPartNumber',
  )
  assert.equal(none.$metadata.httpStatusCode, 416)
  await refused(admin.send(new ListPartsCommand(at)), 'NoSuchUpload')
  await admin.send(new DeleteObjectCommand({ Bucket, Key: 'whole' }))
  assert.equal(blobsThere(), 0)
})

test('an upload is completed only as its parts are', async () => {
  const Bucket = await stage.bucket()
  const { at, part, complete } = await begin(Bucket, 'k')
  const first = await part(1, Buffer.from('too small'))
  const second = await part(2, Buffer.from('last'))
  await refused(complete(second, first), 'InvalidPartOrder')
  await refused(complete(first, first), 'InvalidPartOrder')
  await refused(complete({ ...first, ETag: second.ETag }), 'InvalidPart')
  await refused(complete({ PartNumber: 7, ETag: first.ETag }), 'InvalidPart')
  await refused(complete(), 'MalformedXML')
  await refused(complete(first, second), 'EntityTooSmall')
  await refused(admin.send(new UploadPartCommand({ ...at, PartNumber: 10_001, Body: 'x' })), 'InvalidArgument')
  await refused(admin.send(new UploadPartCommand({ ...at, Key: 'other', PartNumber: 1, Body: 'x' })), 'NoSuchUpload')
  await refused(admin.send(new HeadObjectCommand({ Bucket, Key: 'k' })), 'NotFound')
  await complete(second)
  const { ContentLength } = await admin.send(new HeadObjectCommand({ Bucket, Key: 'k' }))
  assert.equal(ContentLength, 4)
  await admin.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
})

test('an aborted upload leaves nothing, nor does one whose bucket goes', async () => {
  const Bucket = await stage.bucket()
  const aborted = await begin(Bucket, 'a')
  await aborted.part(1, large)
  await admin.send(new AbortMultipartUploadCommand(aborted.at))
  await refused(admin.send(new AbortMultipartUploadCommand(aborted.at)), 'NoSuchUpload')
  const left = await begin(Bucket, 'b')
  await left.part(1, Buffer.from('x'))
  const { Uploads } = await admin.send(new ListMultipartUploadsCommand({ Bucket }))
  assert.deepEqual(
    Uploads?.map(({ Key, UploadId }) => [Key, UploadId]),
    [['b', left.at.UploadId]],
  )
  await admin.send(new DeleteBucketCommand({ Bucket }))
  assert.equal(blobsThere(), 0)
})

test('uploads are listed in pages, each once', async () => {
  const Bucket = await stage.bucket()
  for (const Key of ['a', 'b', 'b', 'dir/1', 'dir/2']) await begin(Bucket, Key)
  const found: string[] = []
  let marker: object = {}
  for (let truncated: boolean | undefined = true; truncated; ) {
    const page = await admin.send(new ListMultipartUploadsCommand({ Bucket, MaxUploads: 1, Delimiter: '/', ...marker }))
    for (const { Key = '' } of page.Uploads ?? []) found.push(Key)
    for (const { Prefix = '' } of page.CommonPrefixes ?? []) found.push(Prefix)
    marker = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
    truncated = page.IsTruncated
  }
  assert.deepEqual(found, ['a', 'b', 'b', 'dir/'])
  await admin.send(new DeleteBucketCommand({ Bucket }))
})

test('a part can be copied from a range of an object', async () => {
  const Bucket = await stage.bucket()
  await admin.send(new PutObjectCommand({ Bucket, Key: 'from', Body: '0123456789' }))
  const { at, complete } = await begin(Bucket, 'to')
  const copy = (CopySourceRange: string) =>
    admin.send(new UploadPartCopyCommand({ ...at, PartNumber: 1, CopySource: `${Bucket}/from`, CopySourceRange }))
  await refused(copy('bytes=5-10'), 'InvalidRange')
  await refused(copy('bytes=5-'), 'InvalidArgument')
  const { CopyPartResult } = await copy('bytes=2-4')
  await complete({ PartNumber: 1, ETag: CopyPartResult?.ETag })
  const got = await admin.send(new GetObjectCommand({ Bucket, Key: 'to' }))
  assert.equal(await got.Body?.transformToString(), '234')
})

test('the checksum of an upload is that of the checksums of its parts', async () => {
  const Bucket = await stage.bucket()
  const { part, complete } = await begin(Bucket, 'k', { ChecksumAlgorithm: 'SHA256' })
  const sent = await part(1, Buffer.from('one'), { ChecksumAlgorithm: 'SHA256' })
  const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest()
  assert.equal(sent.ChecksumSHA256, sha256('one').toString('base64'))
  await refused(complete({ ...sent, ChecksumSHA256: sha256('other').toString('base64') }), 'InvalidPart')
  const { ChecksumSHA256 } = await complete(sent)
  assert.equal(ChecksumSHA256, `${sha256(sha256('one')).toString('base64')}-1`)
  await refused(begin(Bucket, 'k', { ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }), 'InvalidRequest')
})

test('the checksum of the whole is found from those of its parts, and must be the one promised', async () => {
  const Bucket = await stage.bucket()
  const tail = Buffer.from('tail')
  const { at, part } = await begin(Bucket, 'k', { ChecksumAlgorithm: 'CRC64NVME' })
  const checked = (data: Buffer) => ({ ChecksumCRC64NVME: checksum('crc64nvme', data) })
  const other = { ChecksumCRC32: checksum('crc32', tail) }
  await refused(part(2, tail, other), 'InvalidRequest', /expected checksum Type: crc64nvme/)
  const Parts = [await part(1, large, checked(large)), await part(2, tail, checked(tail))]
  const ChecksumCRC64NVME = checksum('crc64nvme', Buffer.concat([large, tail]))
  const complete = (more: object) =>
    admin.send(new CompleteMultipartUploadCommand({ ...at, MultipartUpload: { Parts }, ...more }))
  await refused(complete({ ChecksumCRC64NVME: checksum('crc64nvme', tail) }), 'BadDigest')
  await refused(complete({ MpuObjectSize: 5 }), 'InvalidRequest')
  const done = await complete({ ChecksumCRC64NVME, MpuObjectSize: large.length + tail.length })
  assert.deepEqual([done.ChecksumCRC64NVME, done.ChecksumType], [ChecksumCRC64NVME, 'FULL_OBJECT'])
})
