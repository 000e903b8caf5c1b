import assert from 'node:assert/strict'
import { test } from 'node:test'
import { batch } from './batch.ts'

test('what comes before the frame is handed on together, in order, and asks for one frame', () => {
  const frames: (() => void)[] = []
  const handed: (readonly number[])[] = []
  const take = batch<number>(
    (run) => frames.push(run),
    (items) => handed.push(items),
  )
  for (const item of [1, 2, 3]) take(item)
  assert.equal(frames.length, 1)
  assert.deepEqual(handed, [])
  frames[0]?.()
  assert.deepEqual(handed, [[1, 2, 3]])
  take(4)
  assert.equal(frames.length, 2)
  frames[1]?.()
  assert.deepEqual(handed, [[1, 2, 3], [4]])
})

test('what comes while a batch is handed on waits for the next frame', () => {
  const frames: (() => void)[] = []
  const handed: (readonly number[])[] = []
  const take = batch<number>(
    (run) => frames.push(run),
    (items) => {
      handed.push(items)
      if (items[0] === 1) take(2)
    },
  )
  take(1)
  frames[0]?.()
  assert.deepEqual(handed, [[1]])
  frames[1]?.()
  assert.deepEqual(handed, [[1], [2]])
})
