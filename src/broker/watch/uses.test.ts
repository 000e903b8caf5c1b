import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedSession } from '../../../test/contracts/ledger.ts'
import type { Session } from '../../model/session.ts'
import { addUses } from './add-uses.ts'
import { alarmsOf } from './alerts.ts'
import { join } from './join.ts'
import { networkOf } from './network-of.ts'
import { isCanaryCall } from './own-calls.ts'
import type { Use } from './read-record.ts'

const noon = Date.UTC(2026, 10, 21, 12)
const minute = 60_000

const use = (change: Partial<Use> = {}): Use => ({
  at: noon,
  accessKeyId: 'ASIAONE',
  userId: 'AROA:ann-s1',
  sessionName: 'ann-s1',
  accountId: '111122223333',
  roleArn: 'arn:aws:iam::111122223333:role/reader',
  issuerArn: 'arn:aws:iam::111122223333:role/reader',
  sourceIdentity: 'ann@example.com',
  startedAt: noon,
  operation: 'AssumeRole',
  from: '198.51.100.7',
  byService: false,
  call: 'iam:ListUsers',
  outcome: 'done',
  ...change,
})

const session = (id: string, change: Partial<Session> = {}): Session =>
  askedSession(id, { state: 'issued', issuedAt: noon, userId: `AROA:ann-${id}`, accessKeyId: `KEY-${id}`, ...change })

test('a use is joined by its key first, then by user and beginning, then by whose it is', () => {
  const one = session('s1', { accessKeyId: 'ASIAONE', userId: 'AROA:other' })
  const two = session('s2', { userId: 'AROA:ann-s1' })
  assert.equal(join(use(), [two, one])?.id, 's1')
  assert.equal(join(use({ startedAt: noon + 1000 }), [two])?.id, 's2')
  assert.equal(join(use({ startedAt: noon + 2000 }), [two]), undefined)
  assert.equal(join(use({ startedAt: noon - 2000 }), [two]), undefined)
  const three = session('s3')
  const blank = use({ accessKeyId: '', userId: 'AROA:x' })
  assert.equal(join(blank, [three])?.id, 's3')
  assert.equal(join({ ...blank, at: noon + 2 * 3_600_000 }, [three]), undefined, 'it was over')
  assert.equal(join({ ...blank, roleArn: 'arn:aws:iam::111122223333:role/admin' }, [three]), undefined)
  assert.equal(join(use({ userId: 'AROA:x' }), [three]), undefined, 'a key of its own is a session of its own')
})

test('of two sessions of one user the one that began with it is joined', () => {
  const early = session('s1', { userId: 'AIDA', roleArn: '', issuedAt: noon, askedAt: noon })
  const late = session('s2', { userId: 'AIDA', roleArn: '', issuedAt: noon + 1000, askedAt: noon + 1000 })
  const asked = use({ userId: 'AIDA', roleArn: '', startedAt: noon + 1000 })
  assert.equal(join(asked, [early, late])?.id, 's2')
})

test('a call that a service makes in the name of a session is joined to it, whatever its key', () => {
  const one = session('s1')
  const called = use({ accessKeyId: 'ASIAOFSERVICE', startedAt: noon + 5 * minute, at: noon + 6 * minute })
  assert.equal(join(called, [one]), undefined)
  assert.equal(join({ ...called, byService: true }, [one])?.id, 's1')
})

test('a session whose outcome is not known yet is joined by its name', () => {
  const {
    accessKeyId: _,
    userId: __,
    issuedAt: ___,
    ...open
  } = session('s1', { state: 'pending', sessionName: 'ann-s1' })
  assert.equal(join(use(), [open])?.id, 's1')
  assert.equal(join(use({ roleArn: 'arn:aws:iam::111122223333:role/admin' }), [open]), undefined)
})

test('uses add up, and lists stay short', () => {
  const once = addUses(undefined, [use(), use({ at: noon + 1, outcome: 'denied', from: '203.0.113.9' })])
  const expected = {
    ...{ lastAt: noon + 1, lastFrom: '203.0.113.9', addresses: ['198.51.100.7', '203.0.113.9'], denied: 1 },
    calls: { 'iam:ListUsers': 2 },
  }
  assert.deepEqual(once, expected)
  const late = addUses(once, [use({ from: '192.0.2.1' })])
  assert.deepEqual([late.lastAt, late.lastFrom, late.calls['iam:ListUsers']], [noon + 1, '203.0.113.9', 3])
  const byService = addUses(once, [use({ at: noon + 9, from: 'cloudformation.amazonaws.com' })])
  assert.deepEqual([byService.lastAt, byService.lastFrom], [noon + 9, '203.0.113.9'])
  const many = Array.from({ length: 300 }, (_, place) =>
    use({ call: `iam:Call${place}`, from: `10.0.${place % 256}.1` }),
  )
  const { addresses, calls } = addUses(undefined, many)
  assert.deepEqual([addresses.length, Object.keys(calls).length], [20, 100])
})

test('networks are /24 and /48, and names of services are none', () => {
  assert.deepEqual(networkOf('198.51.100.7'), { kind: 'public', name: '198.51.100.0/24' })
  assert.deepEqual(networkOf('::ffff:10.1.2.3'), { kind: 'private', name: '10.1.2.0/24' })
  assert.deepEqual(networkOf('2001:db8::1'), { kind: 'ipv6', name: '2001:db8:0::/48' })
  assert.deepEqual(networkOf('2001:0db8:0001:2::1'), { kind: 'ipv6', name: '2001:db8:1::/48' })
  for (const text of ['cloudformation.amazonaws.com', 'AWS Internal', '', '999.1.1.1'])
    assert.equal(networkOf(text), undefined)
})

const kinds = (uses: readonly Use[], change: Partial<Session> = {}, isStray = false): string[] =>
  alarmsOf({ session: session('s1', change), uses, isStray }).map(({ alert }) => alert)

test('two networks within minutes raise an alert; hours, services, and other kinds of address do not', () => {
  const after = (from: string, minutes: number) => [use(), use({ from, at: noon + minutes * minute })]
  assert.deepEqual(kinds(after('203.0.113.9', 5)), ['two-networks'])
  assert.deepEqual(kinds(after('203.0.113.9', 11)), [])
  assert.deepEqual(kinds(after('198.51.100.200', 5)), [])
  assert.deepEqual(kinds(after('cloudformation.amazonaws.com', 5)), [])
  assert.deepEqual(kinds(after('2001:db8::1', 5)), [], 'a machine has both')
  assert.deepEqual(kinds(after('10.0.0.1', 5)), [], 'a machine asks endpoints in its own network, too')
  const before = { lastAt: noon - minute, lastFrom: '203.0.113.9', addresses: [], calls: {}, denied: 0 }
  assert.deepEqual(kinds([use()], { use: before }), ['two-networks'])
})

test('a success after the revocation raises an alert; a denial, one before, and what AWS always answers do not', () => {
  const revoked = { state: 'revoked', revokedAt: noon + minute } as const
  const at = noon + 2 * minute
  assert.deepEqual(kinds([use({ at })], revoked), ['used-after-revocation'])
  assert.deepEqual(kinds([use({ at, outcome: 'denied' })], revoked), [])
  assert.deepEqual(kinds([use()], revoked), [])
  assert.deepEqual(kinds([use({ at, call: 'sts:GetCallerIdentity' })], revoked), [])
})

test('a session that came up on a role of ours raises an alert, and so does one that never was handed out', () => {
  assert.deepEqual(kinds([], {}, true), ['unknown-session'])
  assert.deepEqual(kinds([use()], { state: 'failed' }), ['unknown-session'])
  assert.deepEqual(kinds([], { state: 'failed' }), [])
  assert.deepEqual(kinds([use()]), [])
})

test('a canary is known by its one call even where its issue was not told; more than that is none', () => {
  const revoked = session('s1', { state: 'revoked', revokedAt: noon + 500 })
  const canary = use({ accessKeyId: 'ASIACANARY', call: 'iam:ListAccountAliases', outcome: 'denied' })
  assert.equal(isCanaryCall(canary, revoked), true)
  assert.equal(isCanaryCall({ ...canary, call: 'iam:ListUsers' }, revoked), false)
  assert.equal(isCanaryCall({ ...canary, accessKeyId: 'KEY-s1' }, revoked), false)
  assert.equal(isCanaryCall({ ...canary, userId: 'AROA:other' }, revoked), false)
  assert.equal(isCanaryCall({ ...canary, startedAt: noon - 1000 }, revoked), false)
  assert.equal(isCanaryCall(canary, { ...revoked, state: 'issued' }), false)
})
