import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDate, parseNumber } from './moment.ts'

test('dates read in every form policies use', () => {
  const noon = Date.parse('2026-11-21T12:00:00Z')
  for (const text of [
    '2026-11-21T12:00:00Z',
    '2026-11-21T12:00Z',
    '2026-11-21T12:00:00.000Z',
    '2026-11-21T13:00:00+01:00',
    '2026-11-21T12:00:00',
    String(noon / 1000),
  ])
    assert.equal(parseDate(text), noon, text)
  assert.equal(parseDate('2026-11-21T12:00:00.123Z'), noon + 123)
  assert.equal(parseDate('2026-11-21'), Date.parse('2026-11-21T00:00:00Z'))
  assert.equal(parseDate('2026'), Date.parse('2026-01-01T00:00:00Z'))
})

test('what is no date is no date', () => {
  for (const text of [
    '',
    'soon',
    '2026-13-01',
    '2026-02-30',
    '2026-02-00',
    '2026-1-1',
    '2026-11-21T25:00:00Z',
    '-5',
    '1e9',
    ' 2026',
  ])
    assert.equal(parseDate(text), undefined, text)
})

test('numbers are decimal, and nothing else is one', () => {
  assert.deepEqual(['10', '-3', '2.5', '+1', '1e3', '.5'].map(parseNumber), [10, -3, 2.5, 1, 1000, 0.5])
  for (const text of ['', ' 1', '0x10', 'Infinity', 'NaN', '1,000', '1_0']) assert.equal(parseNumber(text), undefined)
})
