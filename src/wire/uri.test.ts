import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  decodeForm,
  decodeUri,
  encodePath,
  encodeUri,
  normalizeEscapes,
  queryValues,
  splitQuery,
  splitTarget,
} from './uri.ts'

test('only unreserved characters stay as they are', () => {
  assert.equal(encodeUri("aZ09-_.~ !'()*+/é\u0000"), 'aZ09-_.~%20%21%27%28%29%2A%2B%2F%C3%A9%00')
  assert.equal(encodePath('/a b/*'), '/a%20b/%2A')
  assert.equal(encodeUri('\ud800'), '%EF%BF%BD')
})

test('encoding and decoding undo each other, and decoding never throws', () => {
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(decodeUri(encodeUri(text)), text)))
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof decodeUri(text) !== 'number'))
  for (const broken of ['%', '%z', '%zz', '%ff', '%c3', '%ed%a0%80', '%c0%af'])
    assert.equal(decodeUri(broken), undefined)
  assert.equal(decodeForm('a+b%2B'), 'a b+')
  assert.equal(decodeUri('a+b'), 'a+b')
})

test('a query is split in order, repeats, empty values and all', () => {
  assert.deepEqual(splitQuery('b=2&a&&b==1&=x'), [
    ['b', '2'],
    ['a', ''],
    ['b', '=1'],
    ['', 'x'],
  ])
  assert.deepEqual(splitTarget('/a?b?c'), { path: '/a', query: 'b?c' })
  assert.deepEqual(splitTarget('/a'), { path: '/a', query: '' })
  assert.deepEqual(queryValues('a=1&%61=2&b=3&a=%', 'a'), ['1', '2'])
})

test('escapes have one normal spelling, which is kept once reached and means the same', () => {
  assert.equal(normalizeEscapes('%7e%2f%zz*+é', '%20'), '~%2F%25zz%2A%20%C3%A9')
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const normal = normalizeEscapes(text, '%20')
      assert.match(normal, /^([A-Za-z0-9\-_.~]|%[0-9A-F]{2})*$/)
      assert.equal(normalizeEscapes(normal, '%20'), normal)
      const decoded = decodeForm(text)
      if (decoded !== undefined) assert.equal(decodeUri(normal), decoded.toWellFormed())
    }),
  )
})
