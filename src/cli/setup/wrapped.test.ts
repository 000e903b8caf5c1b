import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wrapped } from './wrapped.ts'

test('a long line is broken at spaces, and what follows is indented', () => {
  assert.equal(wrapped('  allows one and two on everything', 18), '  allows one and\n    two on\n    everything')
  assert.equal(wrapped('  short', 18), '  short')
  assert.equal(wrapped('exactly ten', 11), 'exactly ten')
})

test('a word longer than a line stays whole', () => {
  assert.equal(
    wrapped('  grants arn:aws:iam::aws:policy/X to all', 12),
    '  grants\n    arn:aws:iam::aws:policy/X\n    to all',
  )
  assert.equal(wrapped('arn:aws:iam::aws:policy/X', 12), 'arn:aws:iam::aws:policy/X')
})

test('where the terminal does not know its width, a line stays as it is', () => {
  assert.equal(wrapped('  allows one and two on everything', 0), '  allows one and two on everything')
})
