import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuring } from '../../test/contracts/effort.ts'
import { compileParts, matchesPattern } from './pattern.ts'

test('stars and question marks match as a naive matcher has it', () => {
  const naive = (pattern: string, text: string): boolean => {
    if (pattern === '') return text === ''
    if (pattern.startsWith('*')) return naive(pattern.slice(1), text) || (text !== '' && naive(pattern, text.slice(1)))
    return text !== '' && (pattern[0] === '?' || pattern[0] === text[0]) && naive(pattern.slice(1), text.slice(1))
  }
  const text = fc.stringMatching(/^[ab]{0,10}$/)
  const pattern = fc.stringMatching(/^[ab*?]{0,8}$/)
  fc.assert(
    fc.property(pattern, text, (one, other) => assert.equal(matchesPattern(one, other), naive(one, other))),
    { numRuns: 3000 },
  )
})

test('a pattern of many stars does not backtrack', () => {
  const effort = measuring()
  const text = 'a'.repeat(100_000)
  assert.equal(matchesPattern(`${'a*'.repeat(2000)}b`, text), false)
  assert.equal(matchesPattern(`${'a*'.repeat(2000)}a`, text), true)
  assert.equal(matchesPattern(`${'?*a'.repeat(200)}b`, text), false)
  assert.equal(matchesPattern(`*${'a*'.repeat(2000)}b*`, text), false)
  assert.ok(effort() < 500)
})

test('a plain part matches itself alone, whatever characters it holds', () => {
  const pattern = compileParts([
    { text: 'a*/', plain: false },
    { text: '*?', plain: true },
  ])
  assert.equal(pattern('abc/*?'), true)
  assert.equal(pattern('abc/xy'), false)
})
