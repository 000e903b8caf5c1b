import { checksumAlgorithms } from '../../wire/checksum.ts'
import { flat } from '../../wire/xml.ts'
import type { Answer } from '../service.ts'
import { canonicalId, emptyAnswer, xmlAnswer, xmlInstant } from './answers.ts'
import { describe } from './description.ts'
import { isJoinable } from './join-checksums.ts'
import { compareUtf8 } from './key-order.ts'
import { listContext, listQuery, maxKeys } from './list-objects.ts'
import { encryptionHeaders } from './object-encryption.ts'
import { bucketOf, permit } from './permit.ts'
import { permitWrite } from './put-object.ts'
import { invalidRequest, noSuchUpload } from './refusals.ts'
import type { S3Request } from './request.ts'
import { stateOf, type Upload } from './state.ts'

/** Begins an upload in parts. */
export function createMultipartUpload(request: S3Request): Answer {
  const { call, bucketName, key } = request
  const description = describe(request)
  permitWrite(request, description)
  const checksum = checksumOf(request)
  const upload: Upload = {
    ...description,
    id: Buffer.from(call.cloud.randomBytes(48)).toString('base64url'),
    bucket: bucketName,
    key,
    startedAt: call.cloud.now().toISOString(),
    ...(checksum && { checksum }),
  }
  stateOf(call.cloud).uploads.put(upload.id, upload)
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    { Bucket: bucketName, Key: key, UploadId: upload.id },
    {
      ...encryptionHeaders(upload),
      ...(checksum && {
        'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
        'x-amz-checksum-type': checksum.type,
      }),
    },
  )
}

function checksumOf({ header }: S3Request): Upload['checksum'] {
  const named = header('x-amz-checksum-algorithm')?.toLowerCase()
  if (named === undefined) return undefined
  const algorithm = checksumAlgorithms.find((candidate) => candidate === named)
  if (!algorithm) throw invalidRequest('Checksum algorithm provided is unsupported.')
  const type = header('x-amz-checksum-type') ?? (algorithm === 'crc64nvme' ? 'FULL_OBJECT' : 'COMPOSITE')
  if (type === 'COMPOSITE' && algorithm !== 'crc64nvme') return { algorithm, type }
  if (type === 'FULL_OBJECT' && isJoinable(algorithm)) return { algorithm, type }
  throw invalidRequest(`The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`)
}

/** The upload that the query names, if it is one to this very bucket and key. */
export function uploadOf({ call, bucketName, key, query }: S3Request): Upload {
  const id = query.get('uploadId') ?? ''
  const upload = stateOf(call.cloud).uploads.get(id)
  if (upload?.bucket !== bucketName || upload.key !== key) throw noSuchUpload(id)
  return upload
}

/** Ends an upload without an object; its parts are gone. */
export function abortMultipartUpload(request: S3Request): Answer {
  const bucket = bucketOf(request)
  permit(request, 's3:AbortMultipartUpload', { bucket, key: request.key })
  stateOf(request.call.cloud).endUpload(uploadOf(request).id)
  return emptyAnswer(204)
}

/** The parts that have come, by number. */
export function listParts(request: S3Request): Answer {
  const { call, bucketName, key, query } = request
  const bucket = bucketOf(request)
  permit(request, 's3:ListMultipartUploadParts', { bucket, key })
  const upload = uploadOf(request)
  const most = Math.min(maxKeys(query, 'max-parts'), 1000)
  const after = maxKeys(new Map([['part-number-marker', query.get('part-number-marker') ?? '0']]), 'part-number-marker')
  const parts = stateOf(call.cloud)
    .parts(upload.id)
    .filter(({ number }) => number > after)
  const page = parts.slice(0, most)
  const owner = { ID: canonicalId(bucket.accountId) }
  return xmlAnswer('ListPartsResult', {
    Bucket: bucketName,
    Key: key,
    UploadId: upload.id,
    Initiator: owner,
    Owner: owner,
    StorageClass: upload.storageClass,
    PartNumberMarker: after,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: most,
    IsTruncated: parts.length > page.length,
    ...(upload.checksum && {
      ChecksumAlgorithm: upload.checksum.algorithm.toUpperCase(),
      ChecksumType: upload.checksum.type,
    }),
    Part: flat(
      page.map((part) => ({
        PartNumber: part.number,
        LastModified: xmlInstant(part.modifiedAt),
        ETag: `"${part.etag}"`,
        Size: part.size,
        ...(part.checksum && { [`Checksum${part.checksum.algorithm.toUpperCase()}`]: part.checksum.value }),
      })),
    ),
  })
}

/** The uploads under way in a bucket, by key and then by age. */
export function listMultipartUploads(request: S3Request): Answer {
  const { call, bucketName, query } = request
  const bucket = bucketOf(request)
  permit(request, 's3:ListBucketMultipartUploads', { bucket, context: listContext(query) })
  const { prefix, delimiter, names, encoding } = listQuery(query)
  const most = Math.min(maxKeys(query, 'max-uploads'), 1000)
  const keyMarker = query.get('key-marker') ?? ''
  const idMarker = query.get('upload-id-marker') ?? ''
  const sorted = [...stateOf(call.cloud).uploads.values()]
    .filter(({ bucket: name, key }) => name === bucketName && key.startsWith(prefix))
    .sort((a, b) => compareUtf8(a.key, b.key) || (a.startedAt < b.startedAt ? -1 : 1))
  const marked = sorted.findIndex(({ key, id }) => key === keyMarker && id === idMarker)
  const uploads = sorted.filter(({ key }, place) =>
    marked >= 0 ? place > marked : keyMarker === '' || compareUtf8(key, keyMarker) > 0,
  )
  const grouped = new Set<string>()
  const page: Upload[] = []
  let last: Upload | undefined
  let truncated = false
  for (const upload of uploads) {
    const end = delimiter === '' ? -1 : upload.key.indexOf(delimiter, prefix.length)
    const group = end < 0 ? undefined : upload.key.slice(0, end + delimiter.length)
    if (group === undefined || !grouped.has(group)) {
      truncated = page.length + grouped.size >= most
      if (truncated) break
      if (group === undefined) page.push(upload)
      else grouped.add(group)
    }
    last = upload
  }
  const owner = { ID: canonicalId(bucket.accountId) }
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucketName,
    KeyMarker: names(keyMarker),
    UploadIdMarker: idMarker,
    ...(truncated && last && { NextKeyMarker: names(last.key), NextUploadIdMarker: last.id }),
    ...(delimiter !== '' && { Delimiter: names(delimiter) }),
    Prefix: names(prefix),
    MaxUploads: most,
    ...(encoding !== undefined && { EncodingType: encoding }),
    IsTruncated: truncated,
    Upload: flat(
      page.map((upload) => ({
        Key: names(upload.key),
        UploadId: upload.id,
        Initiator: owner,
        Owner: owner,
        StorageClass: upload.storageClass,
        Initiated: xmlInstant(upload.startedAt),
      })),
    ),
    CommonPrefixes: flat([...grouped].map((text) => ({ Prefix: names(text) }))),
  })
}
