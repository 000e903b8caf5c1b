import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase32, encodeBase32 } from './base32.ts'

test('the examples of RFC 4648 hold', () => {
  for (const [plain, encoded] of [
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foobar', 'MZXW6YTBOI'],
  ] as const)
    assert.equal(encodeBase32(Buffer.from(plain)), encoded)
})

test('what was encoded is decoded, however it is spaced and whatever its case', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const text = encodeBase32(bytes)
      assert.deepEqual(decodeBase32(text), bytes)
      assert.deepEqual(decodeBase32(`${text.toLowerCase().replace(/(.{4})/g, '$1 ')}==`), bytes)
    }),
  )
})

test('other text is not base32', () => {
  assert.equal(decodeBase32('MZXW1'), undefined)
  assert.equal(decodeBase32('mz-w'), undefined)
})
