import { timingSafeEqual } from 'node:crypto'
import type { SigningKey } from '../../model/signing-key.ts'
import { type Checksum, type ChecksumAlgorithm, checksumOfHeader, startChecksum } from '../checksum.ts'
import { WireFault } from '../wire-fault.ts'
import type { Authentication } from './authentication.ts'
import { ByteReader } from './byte-reader.ts'
import { ChunkChain } from './chunk-chain.ts'
import { isStreaming } from './payload.ts'

export interface DecodeChunksOptions {
  /** Read from the request, and verified; its `payload` says how the chunks are framed. */
  readonly authentication: Authentication
  /** Needed for signed chunks. */
  readonly key?: SigningKey
  /** The names in `x-amz-trailer`, in lower case: no others may come, and each of these must. */
  readonly trailers: readonly string[]
  /** `x-amz-decoded-content-length`: what the data must amount to. */
  readonly decodedLength?: number
  /** The largest signed chunk, which is held until its signature is known; default 16 MiB. */
  readonly mostHeld?: number
  /** Told the trailers once all of the payload holds. */
  readonly onTrailers?: (trailers: ReadonlyMap<string, string>) => void
}

const lineEnd = Buffer.of(0x0d, 0x0a)
const mostChunkLine = 256
const mostTrailerLine = 4096

/**
 * The data inside an `aws-chunked` payload, in pieces of bounded size. A signed chunk comes out only after its
 * signature held; unsigned ones pass through as they arrive. The last chunk, the trailers with their signature, the
 * checksums in them and the total length are checked at the end, so **keep nothing of a stream that threw**.
 *
 * Throws a `WireFault`: `payload-mismatch` for a signature, checksum or length that does not hold, `malformed` for
 * framing that is not exactly that of the AWS documentation, `too-large` for a chunk over `mostHeld`. The source is
 * closed in any case; pass `request.iterator({ destroyOnReturn: false })` of a Node request that is still to be answered.
 */
export async function* decodeChunks(
  source: AsyncIterable<Uint8Array>,
  options: DecodeChunksOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { authentication, trailers, decodedLength } = options
  const framing = framingOf(authentication)
  const chain = framing.signed ? new ChunkChain(authentication, keyFor(options)) : undefined
  const checksums = startChecksums(trailers)
  const reader = new ByteReader(source)
  let total = 0
  try {
    for (;;) {
      const header = chunkHeader(await reader.line(mostChunkLine), framing.signed)
      total += header.length
      if (decodedLength !== undefined && total > decodedLength) throw wrongLength()
      const pieces = chain ? held(reader, header, chain, options.mostHeld ?? 16 * 1024 * 1024) : passed(reader, header)
      for await (const piece of pieces) {
        for (const taken of checksums.values()) taken.update(piece)
        yield piece
      }
      if (header.length === 0) break
      if ((await reader.line(0)) !== '') throw new WireFault('malformed', 'a chunk longer than it says')
    }
    if (decodedLength !== undefined && total !== decodedLength) throw wrongLength()
    const received = await readTrailers(reader, framing, chain, trailers)
    if (!(await reader.ended())) throw new WireFault('malformed', 'something after the last chunk')
    for (const [name, taken] of checksums)
      if (received.get(name) !== taken.digest())
        throw new WireFault('payload-mismatch', `the data does not have its ${name}`)
    options.onTrailers?.(received)
  } finally {
    await reader.close()
  }
}

interface Framing {
  readonly signed: boolean
  readonly trailing: boolean
}

function framingOf({ payload }: Authentication): Framing {
  if (!isStreaming(payload)) throw new WireFault('malformed', 'the payload is not declared as chunked')
  return { signed: payload !== 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', trailing: payload.endsWith('-TRAILER') }
}

function keyFor({ key }: DecodeChunksOptions): SigningKey {
  if (key === undefined) throw new WireFault('payload-mismatch', 'signed chunks without a key to verify them')
  return key
}

function startChecksums(trailers: readonly string[]): ReadonlyMap<string, Checksum> {
  const started = new Map<string, Checksum>()
  for (const name of trailers) {
    const algorithm = checksumOfHeader(name)
    if (algorithm) started.set(name, startChecksum(algorithm))
  }
  return started
}

interface ChunkHeader {
  readonly length: number
  readonly signature: string
}

function chunkHeader(line: string, signed: boolean): ChunkHeader {
  // Ten digits are a tebibyte: more than an object can have, and exact in a number.
  const [whole, length, signature = ''] = /^([0-9A-Fa-f]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? []
  if (whole === undefined || length === undefined || signed !== (signature !== ''))
    throw new WireFault('malformed', 'a chunk that does not begin with its length and, when signed, its signature')
  return { length: Number.parseInt(length, 16), signature }
}

async function* passed(reader: ByteReader, header: ChunkHeader): AsyncGenerator<Uint8Array> {
  for (let left = header.length; left > 0; ) {
    const piece = await reader.some(left)
    left -= piece.length
    yield piece
  }
}

async function* held(
  reader: ByteReader,
  header: ChunkHeader,
  chain: ChunkChain,
  most: number,
): AsyncGenerator<Uint8Array> {
  if (header.length > most) throw new WireFault('too-large', `a signed chunk of more than ${most} bytes`)
  const data = chain.hash()
  // Pieces are copied together as they come: kept one by one, a sender of single bytes would multiply the memory.
  const chunk = Buffer.alloc(header.length)
  for (let filled = 0; filled < header.length; ) {
    const piece = await reader.some(header.length - filled)
    chunk.set(piece, filled)
    filled += piece.length
  }
  data.update(chunk)
  expectSignature(header.signature, chain.chunk(data), 'a chunk')
  if (chunk.length > 0) yield chunk
}

async function readTrailers(
  reader: ByteReader,
  framing: Framing,
  chain: ChunkChain | undefined,
  announced: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const received = new Map<string, string>()
  let text = ''
  let signature: string | undefined
  for (;;) {
    const line = await reader.line(mostTrailerLine)
    if (line === '') break
    const [, name = '', value = ''] = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):(.*)$/.exec(line) ?? []
    const key = name.toLowerCase()
    if (signature !== undefined) throw new WireFault('malformed', 'a trailer after the signature of the trailers')
    if (framing.trailing && framing.signed && key === 'x-amz-trailer-signature') signature = value.trim()
    else if (!framing.trailing || !announced.includes(key) || received.has(key))
      throw new WireFault('malformed', 'a trailer that was not announced, or stands twice')
    else {
      received.set(key, value.trim())
      text += `${key}:${value.trim()}\n`
    }
  }
  const missing = announced.find((name) => !received.has(name))
  if (missing !== undefined) throw new WireFault('malformed', 'an announced trailer did not come')
  if (chain && framing.trailing) expectSignature(signature ?? '', chain.trailers(text), 'the trailers')
  return received
}

function expectSignature(given: string, expected: string, of: string): void {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  if (a.length !== b.length || !timingSafeEqual(a, b))
    throw new WireFault('payload-mismatch', `the signature of ${of} does not match`)
}

const wrongLength = (): WireFault =>
  new WireFault('payload-mismatch', 'the data is not as long as x-amz-decoded-content-length says')

export interface EncodeChunksOptions {
  /** Of the signed request, whose signature the chain of chunks begins with. */
  readonly authentication: Authentication
  /** Needed for signed chunks. */
  readonly key?: SigningKey
  /** Take this checksum and send it as a trailer. */
  readonly checksum?: ChecksumAlgorithm
}

/** Frames data as `aws-chunked`, each piece a chunk, in the way the authentication's `payload` names. */
export async function* encodeChunks(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: EncodeChunksOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { authentication, checksum } = options
  const framing = framingOf(authentication)
  const chain = framing.signed ? new ChunkChain(authentication, keyFor({ ...options, trailers: [] })) : undefined
  const taken = checksum && framing.trailing ? startChecksum(checksum) : undefined
  const header = (data: Uint8Array): Buffer =>
    Buffer.from(
      `${data.length.toString(16)}${chain ? `;chunk-signature=${chain.chunk(chain.hash().update(data))}` : ''}\r\n`,
    )
  for await (const piece of source) {
    if (piece.length === 0) continue
    taken?.update(piece)
    yield Buffer.concat([header(piece), piece, lineEnd])
  }
  let end = header(new Uint8Array()).toString()
  const line = taken && `x-amz-checksum-${checksum}:${taken.digest()}`
  if (line) end += `${line}\r\n`
  if (chain && framing.trailing) end += `x-amz-trailer-signature:${chain.trailers(line ? `${line}\n` : '')}\r\n`
  yield Buffer.from(`${end}\r\n`)
}
