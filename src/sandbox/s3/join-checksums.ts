import type { ChecksumAlgorithm } from '../../wire/checksum.ts'

/** A checksum of a stretch of data, in base64, and how long that is. */
export interface StretchChecksum {
  readonly value: string
  readonly size: number
}

interface Field {
  readonly width: number
  /** The generator, lowest power in the highest bit. */
  readonly generator: bigint
}

const fields: Partial<Readonly<Record<ChecksumAlgorithm, Field>>> = {
  crc32: { width: 32, generator: 0xedb88320n },
  crc32c: { width: 32, generator: 0x82f63b78n },
  crc64nvme: { width: 64, generator: 0x9a6c9329ac4bc9b5n },
}

/** Whether checksums of stretches can be joined into that of the whole: those of polynomials can. */
export const isJoinable = (algorithm: ChecksumAlgorithm): boolean => fields[algorithm] !== undefined

/** The checksum of stretches one after the other, in base64, without looking at the data again. Throws a RangeError for a hash. */
export function joinChecksums(algorithm: ChecksumAlgorithm, stretches: readonly StretchChecksum[]): string {
  const field = fields[algorithm]
  if (!field) throw new RangeError(`${algorithm} is no polynomial`)
  let joined = 0n
  for (const { value, size } of stretches)
    joined =
      times(field, powerOfX(field, size * 8), joined) ^ BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`)
  return Buffer.from(joined.toString(16).padStart(field.width / 4, '0'), 'hex').toString('base64')
}

/** The product of two polynomials modulo the generator. */
function times({ width, generator }: Field, a: bigint, b: bigint): bigint {
  let product = 0n
  let shifted = b
  for (let bit = 1n << BigInt(width - 1); bit > 0n; bit >>= 1n) {
    if ((a & bit) !== 0n) product ^= shifted
    shifted = (shifted & 1n) === 0n ? shifted >> 1n : (shifted >> 1n) ^ generator
  }
  return product
}

/** x to that power: what moving past that many bits does to a checksum. */
function powerOfX(field: Field, bits: number): bigint {
  let power = 1n << BigInt(field.width - 1)
  let square = power >> 1n
  for (let left = bits; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = times(field, square, power)
    square = times(field, square, square)
  }
  return power
}
