import { createHash } from 'node:crypto'
import { startChecksum } from '../../wire/checksum.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { emptyAnswer, xmlAnswer, xmlInstant } from './answers.ts'
import { copySource } from './copy-object.ts'
import { stretchesOf } from './get-object.ts'
import { type Digests, integrityOf, largestUpload } from './integrity.ts'
import { uploadOf } from './multipart-upload.ts'
import { encryptionHeaders } from './object-encryption.ts'
import { bucketOf, permit } from './permit.ts'
import { checkRead } from './preconditions.ts'
import { entityTooLarge, invalidArgument, invalidRequest } from './refusals.ts'
import { type S3Request, wholeNumber } from './request.ts'
import { stateOf, type UploadedPart } from './state.ts'

/** Takes one part of an upload; a part of the same number that was there is replaced. */
export async function uploadPart(request: S3Request): Promise<Answer> {
  const number = admit(request)
  const upload = uploadOf(request)
  const promised = upload.checksum?.algorithm
  const integrity = integrityOf(request, promised)
  const part = await stateOf(request.call.cloud).blobs.receive(
    request.call.stream(),
    integrity.witnesses,
    (blob, size) => keepPart(request, number, blob, size, integrity.settle(size)),
  )
  const { checksum } = part
  return emptyAnswer(200, {
    etag: `"${part.etag}"`,
    ...encryptionHeaders(upload),
    ...(checksum && { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value }),
  })
}

/** Takes a part from an object that is already here, or from a range of one. */
export async function uploadPartCopy(request: S3Request): Promise<Answer> {
  const { call, header } = request
  const number = admit(request)
  const original = copySource(request)
  checkRead(header, original, 'x-amz-copy-source-')
  const { first, last } = copyRange(header('x-amz-copy-source-range'), original.size)
  if (last - first + 1 > largestUpload) throw entityTooLarge(last - first + 1, largestUpload)
  const md5 = createHash('md5')
  const algorithm = uploadOf(request).checksum?.algorithm
  const taken = algorithm && startChecksum(algorithm)
  const { blobs } = stateOf(call.cloud)
  const body = blobs.read(stretchesOf(original, { first, last }))
  const part = await blobs.receive(body, taken ? [md5, taken] : [md5], (blob, size) =>
    keepPart(request, number, blob, size, {
      md5: md5.digest('hex'),
      ...(algorithm && taken && { checksum: { algorithm, value: taken.digest() } }),
    }),
  )
  return xmlAnswer('CopyPartResult', {
    LastModified: xmlInstant(part.modifiedAt),
    ETag: `"${part.etag}"`,
    ...(part.checksum && { [`Checksum${part.checksum.algorithm.toUpperCase()}`]: part.checksum.value }),
  })
}

function admit(request: S3Request): number {
  const { query, key } = request
  const text = query.get('partNumber') ?? ''
  const refusal = () =>
    invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text)
  const number = wholeNumber(text, refusal) ?? 0
  if (number < 1 || number > 10_000) throw refusal()
  permit(request, 's3:PutObject', { bucket: bucketOf(request), key })
  uploadOf(request)
  return number
}

function keepPart(request: S3Request, number: number, blob: string, size: number, digests: Digests): UploadedPart {
  const { call } = request
  // The upload may have been completed or aborted while the part came.
  const upload = uploadOf(request)
  const { md5, checksum } = digests
  if (upload.checksum && checksum && checksum.algorithm !== upload.checksum.algorithm)
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksum.algorithm}, actual checksum Type: ${checksum.algorithm}`,
    )
  const part: UploadedPart = {
    uploadId: upload.id,
    number,
    blob,
    size,
    etag: md5,
    modifiedAt: call.cloud.now().toISOString(),
    ...(checksum && { checksum }),
  }
  stateOf(call.cloud).putPart(part)
  return part
}

function copyRange(text: string | undefined, size: number): { readonly first: number; readonly last: number } {
  if (text === undefined) return { first: 0, last: size - 1 }
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(text) ?? []
  const [first, last] = [Number(from), Number(to)]
  if (!(first <= last))
    throw invalidArgument(
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
      'x-amz-copy-source-range',
      text,
    )
  if (last >= size)
    throw new Fault('InvalidRange', 416, 'The requested range is not satisfiable', {
      RangeRequested: text,
      ActualObjectSize: String(size),
    })
  return { first, last }
}
