import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInRange, parseAddress, parseAddressRange } from './address.ts'

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
