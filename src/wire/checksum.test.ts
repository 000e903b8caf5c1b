import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checksum, checksumAlgorithms, checksumOfHeader, startChecksum } from './checksum.ts'

test('the checksums of the digits 1 to 9 are the published ones', () => {
  const known = {
    crc32: 'cbf43926',
    crc32c: 'e3069283',
    crc64nvme: 'ae8b14860a799888',
    sha1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
    sha256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
  }
  for (const algorithm of checksumAlgorithms)
    assert.equal(Buffer.from(checksum(algorithm, Buffer.from('123456789')), 'base64').toString('hex'), known[algorithm])
})

test('a checksum does not depend on how the data is cut', () => {
  fc.assert(
    fc.property(fc.constantFrom(...checksumAlgorithms), fc.array(fc.uint8Array()), (algorithm, pieces) => {
      const taken = startChecksum(algorithm)
      for (const piece of pieces) taken.update(piece)
      assert.equal(taken.digest(), checksum(algorithm, Buffer.concat(pieces)))
    }),
  )
})

test('only the checksum headers of known algorithms name one', () => {
  assert.equal(checksumOfHeader('x-amz-checksum-crc32c'), 'crc32c')
  for (const name of ['x-amz-checksum-md5', 'x-amz-checksum-', 'x-amz-checksum-crc32c ', 'crc32'])
    assert.equal(checksumOfHeader(name), undefined)
})
