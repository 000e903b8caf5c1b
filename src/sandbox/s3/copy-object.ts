import { createHash } from 'node:crypto'
import { startChecksum } from '../../wire/checksum.ts'
import { decodeUri, splitTarget } from '../../wire/uri.ts'
import type { Answer } from '../service.ts'
import { xmlAnswer, xmlInstant } from './answers.ts'
import { describe } from './description.ts'
import { readableObject, stretchesOf } from './get-object.ts'
import { largestUpload } from './integrity.ts'
import { encryptionHeaders } from './object-encryption.ts'
import { bucketOf } from './permit.ts'
import { checkRead, checkWrite } from './preconditions.ts'
import { permitWrite } from './put-object.ts'
import { invalidArgument, invalidRequest } from './refusals.ts'
import type { S3Request } from './request.ts'
import { type Description, type StoredObject, stateOf } from './state.ts'
import { tagsOfHeader } from './tagging.ts'

const source = 'x-amz-copy-source'

/** Copies an object within this S3; the caller must be allowed to read the one and to write the other. */
export async function copyObject(request: S3Request): Promise<Answer> {
  const { call, bucketName, key, header } = request
  bucketOf(request)
  const original = copySource(request)
  checkRead(header, original, 'x-amz-copy-source-')
  if (original.size > largestUpload)
    throw invalidRequest(
      `The specified copy source is larger than the maximum allowable size for a copy source: ${largestUpload}`,
    )
  const description = describeCopy(request, original)
  permitWrite(request, description)
  const state = stateOf(call.cloud)
  checkWrite(request, state.object(bucketName, key))
  const md5 = createHash('md5')
  // A composite checksum is one of parts, which the copy has not.
  const algorithm = original.checksum?.algorithm
  const taken = algorithm && startChecksum(algorithm)
  const body = state.blobs.read(stretchesOf(original, { first: 0, last: original.size - 1 }))
  const copy = await state.blobs.receive(body, taken ? [md5, taken] : [md5], (blob, size) => {
    bucketOf(request)
    checkWrite(request, state.object(bucketName, key))
    const stored: StoredObject = {
      ...description,
      bucket: bucketName,
      key,
      segments: [{ blob, size }],
      size,
      etag: md5.digest('hex'),
      modifiedAt: call.cloud.now().toISOString(),
      ...(algorithm && taken && { checksum: { algorithm, value: taken.digest(), type: 'FULL_OBJECT' } }),
    }
    state.putObject(stored)
    return stored
  })
  return xmlAnswer(
    'CopyObjectResult',
    { LastModified: xmlInstant(copy.modifiedAt), ETag: `"${copy.etag}"`, ...checksumFields(copy) },
    encryptionHeaders(copy),
  )
}

/** The object that `x-amz-copy-source` names, once its reading is allowed. */
export function copySource(request: S3Request): StoredObject {
  const text = request.header(source) ?? ''
  const { path, query } = splitTarget(text)
  const decoded = decodeUri(path)?.replace(/^\//, '')
  const slash = decoded?.indexOf('/') ?? -1
  if (decoded === undefined || slash < 1 || slash === decoded.length - 1)
    throw invalidArgument('Copy Source must mention the source bucket and key: sourcebucket/sourcekey', source, text)
  const [bucketName, key] = [decoded.slice(0, slash), decoded.slice(slash + 1)]
  const version = /^versionId=(.*)$/.exec(query)?.[1]
  const asked = new Map(version === undefined ? [] : [['versionId', version]])
  // The owner that is expected of the target says nothing of the source, which has a header of its own.
  const header = (name: string) =>
    request.header(name === 'x-amz-expected-bucket-owner' ? 'x-amz-source-expected-bucket-owner' : name)
  return readableObject({ ...request, bucketName, key, query: asked, header }, 's3:GetObject')
}

function describeCopy(request: S3Request, original: StoredObject): Description {
  const { header, bucketName, key } = request
  const metadata = directive(request, 'x-amz-metadata-directive')
  const tagging = directive(request, 'x-amz-tagging-directive')
  const said = describe(request)
  const storageClass = header('x-amz-storage-class')
  const onItself = original.bucket === bucketName && original.key === key
  if (onItself && metadata === 'COPY' && storageClass === undefined && tagging === 'COPY')
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    )
  const { headers, metadata: kept } = metadata === 'COPY' ? original : said
  return {
    headers,
    metadata: kept,
    storageClass: said.storageClass,
    ...(said.encryption && { encryption: said.encryption }),
    tags: tagging === 'COPY' ? original.tags : tagsOfHeader(header('x-amz-tagging')),
  }
}

function directive({ header }: S3Request, name: string): 'COPY' | 'REPLACE' {
  const value = header(name) ?? 'COPY'
  if (value !== 'COPY' && value !== 'REPLACE') throw invalidArgument(`Unknown ${name.slice(6)}.`, name, value)
  return value
}

/** `ChecksumCRC32` and its kin, as XML answers have them. */
export const checksumFields = ({ checksum }: Pick<StoredObject, 'checksum'>): Readonly<Record<string, string>> =>
  checksum ? { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type } : {}
