import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuring } from '../../test/contracts/effort.ts'
import type { FaultList } from './fault.ts'
import { readJson } from './json.ts'

const read = (text: string) => {
  const faults: FaultList = { faults: [], path: '' }
  return { json: readJson(text, faults), problems: faults.faults.map(({ path, problem }) => `${path}: ${problem}`) }
}

test('any JSON reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 2), (text, indent) => {
      const again = JSON.stringify(JSON.parse(text), undefined, indent)
      const { json } = read(again)
      assert.ok(json.ok)
      assert.equal(JSON.stringify(json.value), JSON.stringify(JSON.parse(again)))
    }),
  )
})

test('any text JSON.parse refuses is refused, and no other', () => {
  const near = fc.stringMatching(/^[[\]{}",:0-9eE+.\-\\ntrufals ]{0,12}$/)
  fc.assert(
    fc.property(fc.oneof(fc.string(), near), (text) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      assert.equal(read(text).json.ok, valid)
    }),
    { numRuns: 1000 },
  )
})

test('a key given twice is told with its path, and the same key in two objects is not', () => {
  assert.deepEqual(read('{"a":[{"b":1},{"b":1,"b":2}]}').problems, ['a[1].b: the key "b" is given twice'])
  assert.deepEqual(read('{"a":[{"b":1},{"b":1}]}').problems, [])
})

test('10,000 levels are refused, and 64 are read', () => {
  assert.deepEqual(read('['.repeat(10_000)).problems, [': nested deeper than 64 levels (line 1, column 65)'])
  assert.equal(read('{"a":'.repeat(10_000)).json.ok, false)
  assert.equal(read('['.repeat(64) + ']'.repeat(64)).json.ok, true)
})

test('__proto__ is a key like any other', () => {
  const { json } = read('{"__proto__":{"polluted":true}}')
  assert.ok(json.ok)
  assert.deepEqual(Object.keys(Object(json.value)), ['__proto__'])
  assert.equal(Object(json.value).polluted, undefined)
})

test('a fault tells the line and column', () => {
  assert.deepEqual(read('{\n  "a": nope\n}').problems, [': not JSON (line 2, column 8)'])
})

test('a megabyte under one long key is read at once', () => {
  const effort = measuring()
  const { json } = read(`{"${'k'.repeat(500_000)}":[${'1,'.repeat(250_000)}1]}`)
  assert.ok(json.ok)
  assert.ok(effort() < 5000)
})
