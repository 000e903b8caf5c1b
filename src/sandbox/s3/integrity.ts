import { createHash } from 'node:crypto'
import { type Checksum, type ChecksumAlgorithm, checksumAlgorithms, startChecksum } from '../../wire/checksum.ts'
import { Fault } from '../fault.ts'
import type { Witness } from './blobs.ts'
import { entityTooLarge, invalidRequest, notImplemented } from './refusals.ts'
import { type S3Request, wholeNumber } from './request.ts'

/** What was found out about a body as it passed. */
export interface Digests {
  /** Hex: what an ETag is made of. */
  readonly md5: string
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
}

/** Looks at a body as it comes, and then says whether it is what the headers promised. */
export interface Integrity {
  readonly witnesses: readonly Witness[]
  /** Call once, after the last byte. Throws BadDigest and IncompleteBody. */
  settle(size: number): Digests
}

/** 5 GiB: the most one request may upload. */
export const largestUpload = 5 * 1024 ** 3

/**
 * Reads what a request promises of its body: length, Content-MD5, `x-amz-checksum-…` in a header, or as the trailer
 * (whose value is checked where the chunks are decoded). `otherwise` is the checksum to take when none is promised.
 */
export function integrityOf(request: S3Request, otherwise?: ChecksumAlgorithm): Integrity {
  const { header } = request
  const length = declaredLength(request)
  if (length > largestUpload) throw entityTooLarge(length, largestUpload)
  const promisedMd5 = header('content-md5')
  if (promisedMd5 !== undefined && Buffer.from(promisedMd5, 'base64').length !== 16)
    throw new Fault('InvalidDigest', 400, 'The Content-MD5 you specified was invalid.', { 'Content-MD5': promisedMd5 })
  const promised = promisedChecksum(request)
  const algorithm = promised?.algorithm ?? otherwise
  const md5 = createHash('md5')
  const taken = algorithm && startChecksum(algorithm)
  return {
    witnesses: taken ? [md5, taken] : [md5],
    settle(size) {
      if (size !== length)
        throw new Fault(
          'IncompleteBody',
          400,
          'You did not provide the number of bytes specified by the Content-Length HTTP header',
        )
      const digest = md5.digest()
      if (promisedMd5 !== undefined && !digest.equals(Buffer.from(promisedMd5, 'base64')))
        throw new Fault('BadDigest', 400, 'The Content-MD5 you specified did not match what we received.', {
          ExpectedDigest: promisedMd5,
          CalculatedDigest: digest.toString('base64'),
        })
      return { md5: digest.toString('hex'), ...checked(promised, algorithm, taken) }
    },
  }
}

function checked(
  promised: Promised | undefined,
  algorithm: ChecksumAlgorithm | undefined,
  taken: Checksum | undefined,
): Pick<Digests, 'checksum'> {
  if (!algorithm || !taken) return {}
  const value = taken.digest()
  if (promised?.value !== undefined && promised.value !== value)
    throw new Fault(
      'BadDigest',
      400,
      `The ${algorithm.toUpperCase()} you specified did not match the calculated checksum.`,
    )
  return { checksum: { algorithm, value } }
}

function declaredLength({ header }: S3Request): number {
  const decoded = header('x-amz-decoded-content-length')
  const missing = (): Fault =>
    new Fault('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')
  if (decoded === undefined && header('transfer-encoding') !== undefined) throw notImplemented('Transfer-Encoding')
  const length = wholeNumber(decoded ?? header('content-length'), missing)
  if (length === undefined) throw missing()
  return length
}

interface Promised {
  readonly algorithm: ChecksumAlgorithm
  /** Absent when it comes as the trailer. */
  readonly value?: string
}

const digestLengths: Readonly<Record<ChecksumAlgorithm, number>> = {
  crc32: 4,
  crc32c: 4,
  crc64nvme: 8,
  sha1: 20,
  sha256: 32,
}

function promisedChecksum({ header }: S3Request): Promised | undefined {
  const trailers = (header('x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase())
  const promised: Promised[] = []
  for (const algorithm of checksumAlgorithms) {
    const name = `x-amz-checksum-${algorithm}`
    const value = header(name)
    if (value !== undefined) {
      if (Buffer.from(value, 'base64').length !== digestLengths[algorithm])
        throw invalidRequest(`Value for ${name} header is invalid.`)
      promised.push({ algorithm, value })
    }
    if (trailers.includes(name)) promised.push({ algorithm })
  }
  if (promised.length > 1)
    throw invalidRequest('Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.')
  const [one] = promised
  const named = header('x-amz-sdk-checksum-algorithm')?.toLowerCase()
  if (named !== undefined && !checksumAlgorithms.some((algorithm) => algorithm === named))
    throw invalidRequest(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    )
  if (named !== undefined && one !== undefined && named !== one.algorithm)
    throw invalidRequest('Value for x-amz-sdk-checksum-algorithm header is invalid.')
  return one
}
