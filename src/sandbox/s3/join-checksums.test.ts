import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checksum } from '../../wire/checksum.ts'
import { isJoinable, joinChecksums } from './join-checksums.ts'

test('the joined checksum of pieces is the checksum of the whole', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(pieces, fc.constantFrom('crc32', 'crc32c', 'crc64nvme'), (list, algorithm) => {
      const stretches = list.map((piece) => ({ value: checksum(algorithm, piece), size: piece.length }))
      assert.equal(joinChecksums(algorithm, stretches), checksum(algorithm, Buffer.concat(list)))
    }),
    { numRuns: 40 },
  )
})

test('hashes cannot be joined', () => {
  assert.ok(!isJoinable('sha256'))
  assert.throws(() => joinChecksums('sha1', []), RangeError)
})
