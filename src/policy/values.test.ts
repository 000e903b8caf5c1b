import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInRange, parseAddress, parseAddressRange } from './address.ts'
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

test('addresses fall into the ranges that hold them', () => {
  const inside = (address: string, range: string) => {
    const [one, other] = [parseAddress(address), parseAddressRange(range)]
    assert.ok(one && other, `${address} ${range}`)
    return isInRange(one, other)
  }
  const yes = [
    ['203.0.113.7', '203.0.113.0/24'],
    ['203.0.113.7', '203.0.113.7'],
    ['10.255.255.255', '10.0.0.0/8'],
    ['10.1.130.9', '10.1.128.0/17'],
    ['1.2.3.4', '0.0.0.0/0'],
    ['2001:db8::1', '2001:DB8::/32'],
    ['2001:db8:8000::1', '2001:db8:8000::/33'],
    ['::ffff:1.2.3.4', '::ffff:102:304'],
  ] as const
  const no = [
    ['203.0.114.7', '203.0.113.0/24'],
    ['10.1.127.9', '10.1.128.0/17'],
    ['2001:db9::1', '2001:db8::/32'],
    ['2001:db8:7fff::1', '2001:db8:8000::/33'],
    ['1.2.3.4', '::/0'],
    ['::1', '0.0.0.0/0'],
  ] as const
  for (const [address, range] of yes) assert.equal(inside(address, range), true, `${address} ${range}`)
  for (const [address, range] of no) assert.equal(inside(address, range), false, `${address} ${range}`)
})

test('what is no address is no address', () => {
  for (const text of [
    '1.2.3',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.4/33',
    '::1/129',
    '1::2::3',
    '12345::',
    ':::',
    '1.2.3.4/',
    '1:2:3:4:5:6:7:8:9',
    'fe80::1%eth0',
    '1.2.3.4::',
  ])
    assert.equal(parseAddressRange(text), undefined, text)
})
