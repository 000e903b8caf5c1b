import { createHash } from 'node:crypto'
import type { SigningKey } from '../model/signing-key.ts'
import { headerOf, type WireRequest } from '../wire/message.ts'
import type { Authentication } from '../wire/sigv4/authentication.ts'
import { decodeChunks } from '../wire/sigv4/chunks.ts'
import { isStreaming } from '../wire/sigv4/payload.ts'
import { WireFault } from '../wire/wire-fault.ts'
import { Fault } from './fault.ts'

const mostWhole = 1024 * 1024

/** A request's body, given out once: whole, or as it comes. */
export interface Body {
  readonly whole: (limit?: number) => Promise<Uint8Array>
  readonly stream: () => AsyncIterable<Uint8Array>
}

/** A body that was read whole, and checked, before the call was let in. */
export const wholeBody = (bytes: Uint8Array): Body => ({
  whole: async () => bytes,
  stream: async function* stream() {
    yield bytes
  },
})

/** Reads all of a body. Throws `RequestEntityTooLarge` beyond `limit` bytes, 1 MiB unless told. */
export async function readWhole(source: AsyncIterable<Uint8Array>, limit = mostWhole): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of source) {
    size += piece.length
    if (size > limit) throw new Fault('RequestEntityTooLarge', 413, `The request body is larger than ${limit} bytes`)
    pieces.push(piece)
  }
  return pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces)
}

/** A body that is checked as it comes: its digest, or its chunks and trailers, are what was signed, or its end throws. */
export function checkedBody(
  request: WireRequest,
  source: AsyncIterable<Uint8Array>,
  signed: { readonly authentication: Authentication; readonly key: SigningKey } | undefined,
): Body {
  const stream = (): AsyncIterable<Uint8Array> => {
    const declared = signed?.authentication.payload ?? headerOf(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD'
    if (isStreaming(declared)) {
      if (!signed) throw new Fault('AccessDenied', 403, 'A chunked payload needs a signature')
      return chunks(request, source, signed)
    }
    return declared === 'UNSIGNED-PAYLOAD' ? source : digested(source, declared)
  }
  return { stream, whole: (limit) => readWhole(stream(), limit) }
}

async function* digested(source: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
  if (hash.digest('hex') === expected) return
  const message = "The provided 'x-amz-content-sha256' header does not match what was computed."
  throw new Fault('XAmzContentSHA256Mismatch', 400, message)
}

async function* chunks(
  request: WireRequest,
  source: AsyncIterable<Uint8Array>,
  signed: { readonly authentication: Authentication; readonly key: SigningKey },
): AsyncGenerator<Uint8Array> {
  const length = headerOf(request, 'x-amz-decoded-content-length')
  if (length === undefined || !/^\d{1,15}$/.test(length))
    throw new Fault('MissingContentLength', 411, 'You must provide the Content-Length HTTP header.')
  const trailers = (headerOf(request, 'x-amz-trailer') ?? '').split(',').map((name) => name.trim().toLowerCase())
  const options = { ...signed, trailers: trailers.filter((name) => name !== ''), decodedLength: Number(length) }
  try {
    yield* decodeChunks(source, options)
  } catch (error) {
    throw error instanceof WireFault ? chunkFault(error, signed.authentication) : error
  }
}

function chunkFault(error: WireFault, { payload }: Authentication): Fault {
  if (error.code === 'too-large')
    return new Fault('EntityTooLarge', 400, 'A chunk of your upload exceeds the maximum allowed size')
  if (error.code === 'malformed')
    return new Fault('IncompleteBody', 400, `The request body is not framed as it should be: ${error.message}`)
  return payload === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'
    ? new Fault('BadDigest', 400, 'The checksum or length you specified did not match what was received.')
    : new Fault('SignatureDoesNotMatch', 403, `A part of the payload is not what was signed: ${error.message}`)
}
