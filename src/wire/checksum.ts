import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'

/** The checksums S3 keeps of an object. */
export const checksumAlgorithms = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const

export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]

/** A checksum being taken. `digest` ends it and gives base64, as the `x-amz-checksum-` headers carry it. */
export interface Checksum {
  update(bytes: Uint8Array): void
  digest(): string
}

/** The algorithm of an `x-amz-checksum-…` header, whose name is in lower case, or undefined. */
export const checksumOfHeader = (name: string): ChecksumAlgorithm | undefined =>
  checksumAlgorithms.find((algorithm) => name === `x-amz-checksum-${algorithm}`)

/** Begins a checksum, taken piece by piece. See "Checking object integrity" in the Amazon S3 User Guide. */
export function startChecksum(algorithm: ChecksumAlgorithm): Checksum {
  if (algorithm === 'crc64nvme') return startCrc64()
  if (algorithm === 'crc32' || algorithm === 'crc32c') {
    const step = algorithm === 'crc32' ? crc32 : crc32c
    let value = 0
    return {
      update: (bytes) => {
        value = step(bytes, value)
      },
      digest: () => bigEndian(value),
    }
  }
  const hash = createHash(algorithm)
  return {
    update: (bytes) => {
      hash.update(bytes)
    },
    digest: () => hash.digest('base64'),
  }
}

/** The checksum of one piece of data, in base64. */
export function checksum(algorithm: ChecksumAlgorithm, data: Uint8Array): string {
  const taken = startChecksum(algorithm)
  taken.update(data)
  return taken.digest()
}

function bigEndian(...words: readonly number[]): string {
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, index) => {
    bytes.writeUInt32BE(word >>> 0, index * 4)
  })
  return bytes.toString('base64')
}

let castagnoli: Uint32Array | undefined

function crc32c(bytes: Uint8Array, value: number): number {
  castagnoli ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let entry = index
    for (let bit = 0; bit < 8; bit++) entry = entry & 1 ? (entry >>> 1) ^ 0x82f63b78 : entry >>> 1
    return entry
  })
  let crc = ~value
  for (const byte of bytes) crc = (crc >>> 8) ^ (castagnoli[(crc ^ byte) & 0xff] ?? 0)
  return ~crc >>> 0
}

let nvme: { readonly high: Uint32Array; readonly low: Uint32Array } | undefined

// CRC-64/NVME in two halves of 32 bits: BigInt would be some fifty times slower.
function startCrc64(): Checksum {
  nvme ??= nvmeTable()
  const { high, low } = nvme
  let upper = 0xffffffff
  let lower = 0xffffffff
  return {
    update: (bytes) => {
      for (const byte of bytes) {
        const index = (lower ^ byte) & 0xff
        lower = ((lower >>> 8) | (upper << 24)) ^ (low[index] ?? 0)
        upper = (upper >>> 8) ^ (high[index] ?? 0)
      }
    },
    digest: () => bigEndian(~upper, ~lower),
  }
}

function nvmeTable(): { readonly high: Uint32Array; readonly low: Uint32Array } {
  const high = new Uint32Array(256)
  const low = new Uint32Array(256)
  for (let index = 0; index < 256; index++) {
    let entry = BigInt(index)
    for (let bit = 0; bit < 8; bit++) entry = entry & 1n ? (entry >> 1n) ^ 0x9a6c9329ac4bc9b5n : entry >> 1n
    high[index] = Number(entry >> 32n)
    low[index] = Number(entry & 0xffffffffn)
  }
  return { high, low }
}
