import { createHash } from 'node:crypto'
import { checksum as checksumOf } from '../../wire/checksum.ts'
import { childrenOf, textOf, type XmlElement } from '../../wire/xml.ts'
import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { xmlAnswer, xmlBody } from './answers.ts'
import { checksumFields } from './copy-object.ts'
import { joinChecksums } from './join-checksums.ts'
import { uploadOf } from './multipart-upload.ts'
import { encryptionHeaders } from './object-encryption.ts'
import { bucketOf, permit } from './permit.ts'
import { checkWrite } from './preconditions.ts'
import { invalidRequest, malformedXml } from './refusals.ts'
import type { S3Request } from './request.ts'
import { type StoredChecksum, type StoredObject, stateOf, type Upload, type UploadedPart } from './state.ts'

const smallestPart = 5 * 1024 * 1024

/** Makes an object of the parts that are named, in their order. Parts that are not named are dropped. */
export async function completeMultipartUpload(request: S3Request): Promise<Answer> {
  const { call, bucketName, key } = request
  permit(request, 's3:PutObject', { bucket: bucketOf(request), key })
  const root = await xmlBody(request)
  const upload = uploadOf(request)
  const state = stateOf(call.cloud)
  const parts = chosenParts(root, upload, state.parts(upload.id))
  checkWrite(request, state.object(bucketName, key))
  const checksum = wholeChecksum(request, upload, parts)
  const size = parts.reduce((sum, part) => sum + part.size, 0)
  const promised = request.header('x-amz-mp-object-size')
  if (promised !== undefined && promised !== String(size))
    throw invalidRequest('The provided x-amz-mp-object-size header value does not match what was computed.')
  const { headers, metadata, storageClass, encryption, tags } = upload
  const object: StoredObject = {
    headers,
    metadata,
    storageClass,
    ...(encryption && { encryption }),
    tags,
    bucket: bucketName,
    key,
    segments: parts.map(({ blob, size }) => ({ blob, size })),
    size,
    etag: `${digestOf(parts.map(({ etag }) => Buffer.from(etag, 'hex')))}-${parts.length}`,
    modifiedAt: call.cloud.now().toISOString(),
    multipart: true,
    ...(checksum && { checksum }),
  }
  state.putObject(object)
  state.endUpload(upload.id, new Set(parts.map(({ blob }) => blob)))
  return xmlAnswer(
    'CompleteMultipartUploadResult',
    {
      Location: `${call.endpoint}/${bucketName}/${encodeURIComponent(key)}`,
      Bucket: bucketName,
      Key: key,
      ETag: `"${object.etag}"`,
      ...checksumFields(object),
    },
    encryptionHeaders(object),
  )
}

const digestOf = (parts: readonly Uint8Array[]): string => {
  const md5 = createHash('md5')
  for (const part of parts) md5.update(part)
  return md5.digest('hex')
}

const invalidPart = (upload: Upload, number: number, etag: string): Fault =>
  new Fault(
    'InvalidPart',
    400,
    "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { UploadId: upload.id, PartNumber: String(number), ETag: etag },
  )

function chosenParts(root: XmlElement, upload: Upload, present: readonly UploadedPart[]): readonly UploadedPart[] {
  const named = childrenOf(root, 'Part')
  if (root.name !== 'CompleteMultipartUpload' || named.length === 0 || named.length > 10_000) throw malformedXml()
  const byNumber = new Map(present.map((part) => [part.number, part]))
  const chosen: UploadedPart[] = []
  let before = 0
  for (const element of named) {
    const number = Number(textOf(element, 'PartNumber'))
    const etag = textOf(element, 'ETag')
      ?.trim()
      .replace(/^"(.*)"$/, '$1')
    if (!Number.isInteger(number) || number < 1 || etag === undefined) throw malformedXml()
    if (number <= before)
      throw new Fault(
        'InvalidPartOrder',
        400,
        'The list of parts was not in ascending order. Parts must be ordered by part number.',
        { UploadId: upload.id },
      )
    before = number
    const part = byNumber.get(number)
    const promised = part?.checksum && textOf(element, `Checksum${part.checksum.algorithm.toUpperCase()}`)
    if (part?.etag !== etag || (promised !== undefined && promised !== part.checksum?.value))
      throw invalidPart(upload, number, etag)
    chosen.push(part)
  }
  for (const part of chosen.slice(0, -1))
    if (part.size < smallestPart)
      throw new Fault('EntityTooSmall', 400, 'Your proposed upload is smaller than the minimum allowed size', {
        ProposedSize: String(part.size),
        MinSizeAllowed: String(smallestPart),
        PartNumber: String(part.number),
        ETag: part.etag,
      })
  return chosen
}

/** The checksum an upload asked for: of the whole, or of the parts' checksums. The whole's must be what the caller says. */
function wholeChecksum(
  { header }: S3Request,
  upload: Upload,
  parts: readonly UploadedPart[],
): StoredChecksum | undefined {
  if (!upload.checksum) return undefined
  const { algorithm, type } = upload.checksum
  const stretches = parts.map(({ checksum, size }) => ({ value: checksum?.value ?? '', size }))
  if (type === 'COMPOSITE') {
    const values = stretches.map(({ value }) => Buffer.from(value, 'base64'))
    return { algorithm, type, value: `${checksumOf(algorithm, Buffer.concat(values))}-${parts.length}` }
  }
  const value = joinChecksums(algorithm, stretches)
  const promised = header(`x-amz-checksum-${algorithm}`)
  if (promised !== undefined && promised !== value)
    throw new Fault('BadDigest', 400, `The ${algorithm} you specified did not match the calculated checksum.`)
  return { algorithm, type, value }
}
