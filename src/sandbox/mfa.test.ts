import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBase32 } from './base32.ts'
import { type Cloud, type MfaDevice, openCloud } from './cloud.ts'
import { acceptCode, stepAt, totpAt } from './mfa.ts'
import { memoryStore } from './store.ts'

const seed = encodeBase32(Buffer.from('12345678901234567890'))
const now = new Date('2026-11-21T09:00:10Z')
const current = stepAt(now)

function cloudWith(more: Partial<MfaDevice> = {}): {
  readonly cloud: Cloud
  readonly accept: (code: string) => boolean
} {
  const options = { region: 'us-east-1', primaryAccount: '1', now: () => now, randomBytes: () => new Uint8Array() }
  const cloud = openCloud({ ...options, store: memoryStore() })
  const device = { serial: 'mfa', accountId: '1', name: 'ann', path: '/', seed, createdAt: '', tags: {}, ...more }
  cloud.mfaDevices.put('mfa', device)
  return { cloud, accept: (code) => acceptCode(cloud, cloud.mfaDevices.get('mfa') ?? device, code, now) }
}

test('codes are those of RFC 6238, appendix B', () => {
  const published: Readonly<Record<number, string>> = {
    59: '287082',
    1111111109: '081804',
    1111111111: '050471',
    1234567890: '005924',
    2000000000: '279037',
    20000000000: '353130',
  }
  for (const [seconds, code] of Object.entries(published))
    assert.equal(totpAt(seed, Math.floor(Number(seconds) / 30)), code)
})

test('a code is accepted one step early or late, and refused two steps off', () => {
  for (const [steps, accepted] of [
    [-2, false],
    [-1, true],
    [0, true],
    [1, true],
    [2, false],
  ] as const)
    assert.equal(cloudWith().accept(totpAt(seed, current + steps)), accepted, `${steps} steps`)
})

test('a code is accepted once, and never one from before it', () => {
  const { accept } = cloudWith()
  assert.equal(accept(totpAt(seed, current)), true)
  assert.equal(accept(totpAt(seed, current)), false)
  assert.equal(accept(totpAt(seed, current - 1)), false)
  assert.equal(accept(totpAt(seed, current + 1)), true)
})

test('a device whose clock is known to be off is read by its own clock', () => {
  assert.equal(cloudWith({ drift: 20 }).accept(totpAt(seed, current + 20)), true)
  assert.equal(cloudWith({ drift: 20 }).accept(totpAt(seed, current)), false)
})

test('what is not six digits is no code', () => {
  for (const code of ['', '12345', '1234567', 'abcdef', `${totpAt(seed, current)} `, '１２３４５６'])
    assert.equal(cloudWith().accept(code), false)
})
