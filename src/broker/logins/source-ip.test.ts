import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBlock, forwardedFrom } from './source-ip.ts'

test('a header is believed from a trusted proxy alone, and of it the right-most that is none', () => {
  const trusted = ['10.0.0.0/8', 'fd00::/8']
  const cases: readonly [peer: string, header: string | undefined, from: string][] = [
    ['198.51.100.9', '203.0.113.1', '198.51.100.9'],
    ['10.1.1.1', undefined, '10.1.1.1'],
    ['10.1.1.1', '203.0.113.1', '203.0.113.1'],
    ['::ffff:10.1.1.1', '203.0.113.1', '203.0.113.1'],
    ['10.1.1.1', '203.0.113.1, 198.51.100.7, 10.2.2.2', '198.51.100.7'],
    ['10.1.1.1', '10.3.3.3, 10.2.2.2', '10.3.3.3'],
    ['10.1.1.1', '203.0.113.1, nonsense', '10.1.1.1'],
    ['10.1.1.1', '203.0.113.1, , 10.2.2.2', '10.2.2.2'],
    ['fd00::1', '[2001:db8::1]:443', '2001:db8::1'],
    ['10.1.1.1', '203.0.113.1:4711', '203.0.113.1'],
    ['10.1.1.1', '', '10.1.1.1'],
  ]
  for (const [peer, header, from] of cases)
    assert.equal(forwardedFrom(peer, header, trusted), from, `${peer} ${header}`)
  assert.equal(forwardedFrom('10.1.1.1', '203.0.113.1', []), '10.1.1.1')
})

test('addresses of one IPv6 network count as one', () => {
  assert.equal(addressBlock('192.0.2.1'), '192.0.2.1')
  assert.equal(addressBlock('2001:db8:0:1::5'), '2001:db8:0:1::/64')
  assert.equal(addressBlock('2001:0db8::1:aaaa:bbbb:cccc:dddd'), '2001:db8:0:1::/64')
  assert.equal(addressBlock('2001:DB8:0000:0001:1:2:3:4'), '2001:db8:0:1::/64')
  assert.equal(addressBlock('::1'), '0:0:0:0::/64')
  assert.notEqual(addressBlock('2001:db8:0:2::5'), addressBlock('2001:db8:0:1::5'))
})
