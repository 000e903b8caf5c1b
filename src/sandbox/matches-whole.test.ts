import assert from 'node:assert/strict'
import { test } from 'node:test'
import { measuring } from '../../test/contracts/effort.ts'
import { matchesWhole } from './matches-whole.ts'

test('a pattern matches the whole value or not at all', () => {
  assert.equal(matchesWhole('a|b', 'a'), 'yes')
  assert.equal(matchesWhole('a|b', 'ab'), 'no')
  assert.equal(matchesWhole('(', 'a'), 'broken')
})

test('a pattern that backtracks without end is given up in time', () => {
  const effort = measuring()
  assert.equal(matchesWhole('(a+)+$', `${'a'.repeat(60)}!`), 'too slow')
  assert.ok(effort() < 2000)
})
