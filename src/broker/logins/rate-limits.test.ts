import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openRateLimits } from './rate-limits.ts'

const clock = () => {
  const held = { at: 1_000_000, now: () => new Date(held.at) }
  return held
}

test('a few at once, and then as many as time brings', () => {
  const time = clock()
  const limits = openRateLimits(time)
  for (let turn = 0; turn < 8; turn++) assert.equal(limits.take('user-code', 'ann'), 0)
  assert.equal(limits.take('user-code', 'ann'), 20)
  assert.equal(limits.take('user-code', 'bob'), 0)
  assert.equal(limits.take('poll', 'ann'), 0)
  time.at += 19_000
  assert.equal(limits.take('user-code', 'ann'), 1)
  time.at += 1000
  assert.equal(limits.take('user-code', 'ann'), 0)
  time.at += 86_400_000
  for (let turn = 0; turn < 8; turn++) assert.equal(limits.take('user-code', 'ann'), 0)
  assert.ok(limits.take('user-code', 'ann') > 0)
})

test('a clock that is set back locks nobody out', () => {
  const time = clock()
  const limits = openRateLimits(time)
  for (let turn = 0; turn < 8; turn++) limits.take('user-code', 'ann')
  time.at -= 500_000
  assert.equal(limits.take('user-code', 'ann'), 20)
  time.at += 20_000
  assert.equal(limits.take('user-code', 'ann'), 0)
})

test('only so many are remembered, those of last', () => {
  const limits = openRateLimits({ ...clock(), most: 3 })
  const drain = (whom: string): void => {
    for (let turn = 0; turn < 8; turn++) limits.take('user-code', whom)
  }
  for (const whom of ['a', 'b', 'c', 'd']) drain(whom)
  assert.equal(limits.take('user-code', 'b'), 20)
  assert.equal(limits.take('user-code', 'd'), 20)
  assert.equal(limits.take('user-code', 'a'), 0)
})
