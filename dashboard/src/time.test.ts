import assert from 'node:assert/strict'
import { test } from 'node:test'
import { agoText, leftText, lengthText } from './time.ts'

test('a length is told in its two largest units', () => {
  assert.equal(lengthText(0), '0 s')
  assert.equal(lengthText(59_000), '59 s')
  assert.equal(lengthText(3_600_000), '1 h')
  assert.equal(lengthText(4_800_000), '1 h 20 min')
  assert.equal(lengthText(90_061_000), '1 d 1 h')
  assert.equal(lengthText(3_605_000), '1 h')
  assert.equal(lengthText(-5), '0 s')
})

test('how long ago is told in one unit', () => {
  assert.equal(agoText(0, 1000), 'now')
  assert.equal(agoText(0, 12_000), '12 s ago')
  assert.equal(agoText(0, 7_300_000), '2 h ago')
  assert.equal(agoText(5000, 0), 'now')
})

test('how long is left has seconds only when there are few minutes', () => {
  assert.equal(leftText(3_599_000), '59 min')
  assert.equal(leftText(7_290_000), '2 h 1 min')
  assert.equal(leftText(299_000), '4 min 59 s')
})
