import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Principal } from '../../model/principal.ts'
import type { ApprovalRequest, SessionRequest } from '../../model/session-request.ts'
import type { Grant, Role } from '../config/broker-config.ts'
import { decide } from './decide.ts'
import { isWithin } from './hours.ts'
import { isInNetworks, networkFault } from './networks.ts'
import { termsOf } from './terms.ts'
import { isOneOf, matchesClaim } from './who.ts'

const now = new Date('2026-11-21T12:00:00Z')
const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)

const ann: Principal = {
  id: 'corp:ann@example.com',
  kind: 'person',
  authenticator: 'corp',
  name: 'ann@example.com',
  groups: ['developers'],
  claims: { department: 'payments' },
  authenticatedAt: now,
  expiresAt: later(8 * 3600),
}
const job: Principal = {
  ...ann,
  id: 'github:repo:acme/app:ref:refs/heads/main',
  kind: 'workload',
  authenticator: 'github',
  name: 'acme/app',
  groups: [],
  claims: { sub: 'repo:acme/app:ref:refs/heads/main', repository: 'acme/app' },
}
const admin: Role = {
  name: 'admin',
  arn: 'arn:aws:iam::111122223333:role/admin',
  accountId: '111122223333',
  longest: 43_200,
  revocable: true,
}
const grant: Grant = {
  name: 'developers',
  to: { groups: ['developers'] },
  role: 'admin',
  longest: 7200,
  usual: 3600,
  reasonNeeded: false,
  breakGlass: false,
  tags: {},
  line: 1,
}
const asks: SessionRequest = { role: 'admin', sourceIp: '10.1.2.3' }

const decided = (
  change: Partial<Grant> = {},
  request: Partial<SessionRequest> = {},
  principal = ann,
  approved?: ApprovalRequest,
) => decide(principal, { ...asks, ...request }, { roles: { admin }, grants: [{ ...grant, ...change }] }, now, approved)
const code = (outcome: ReturnType<typeof decide>): string => (outcome.allowed ? 'allowed' : outcome.code)

test('a member of the group gets the role for the usual time, by name or by ARN', () => {
  const outcome = decided()
  assert.ok(outcome.allowed)
  assert.equal(outcome.duration, 3600)
  assert.equal(outcome.grant.name, 'developers')
  assert.equal(code(decided({}, { role: admin.arn })), 'allowed')
  assert.equal(code(decided({}, {}, { ...ann, groups: ['guests'] })), 'no-grant')
  assert.equal(code(decided({}, { role: '__proto__' })), 'no-grant')
})

test('no session is longer than its grant, its role or its proof', () => {
  assert.equal(code(decided({}, { duration: 7200 })), 'allowed')
  assert.equal(code(decided({}, { duration: 7201 })), 'too-long')
  const short = decided({}, { duration: 7200 }, { ...ann, expiresAt: later(600) })
  assert.equal(short.allowed && short.duration, 600)
  assert.equal(code(decided({}, {}, { ...ann, expiresAt: later(59) })), 'login-expired')
  assert.equal(code(decided({}, { duration: 0 })), 'too-long')
})

test('a second factor must be fresh, a reason must say something, a ticket must look like one', () => {
  assert.equal(code(decided({ mfaWithin: 900 })), 'mfa-needed')
  assert.equal(code(decided({ mfaWithin: 900 }, {}, { ...ann, mfaAt: later(-901) })), 'mfa-needed')
  assert.equal(code(decided({ mfaWithin: 900 }, {}, { ...ann, mfaAt: later(-900) })), 'allowed')
  assert.equal(code(decided({ reasonNeeded: true }, { reason: ' \n' })), 'reason-needed')
  assert.equal(code(decided({ reasonNeeded: true }, { reason: 'disk full' })), 'allowed')
  assert.equal(code(decided({ ticket: 'OPS-\\d+' }, { ticket: 'xOPS-1' })), 'ticket-needed')
  assert.equal(code(decided({ ticket: 'OPS-\\d+' }, { ticket: 'OPS-1' })), 'allowed')
})

test('a ticket that makes its pattern try without end is refused, and stops nobody else', () => {
  const ticket = '(?:[A-Z]+-?)+\\d+'
  const begun = process.cpuUsage()
  assert.equal(code(decided({ ticket }, { ticket: 'A'.repeat(60) })), 'ticket-needed')
  assert.ok(process.cpuUsage(begun).user < 1_000_000)
  assert.equal(code(decided({ ticket }, { ticket: 'OPS-12' })), 'allowed')
  assert.equal(code(decided({ ticket: 'OPS-1|OPS-2' }, { ticket: 'OPS-2' })), 'allowed')
  assert.equal(code(decided({ ticket: 'OPS-1|OPS-2' }, { ticket: 'xOPS-2' })), 'ticket-needed')
})

test('a grant is open from its networks and in its hours only', () => {
  assert.equal(code(decided({ networks: ['10.0.0.0/8'] })), 'allowed')
  assert.equal(code(decided({ networks: ['192.0.2.0/24'] })), 'outside-network')
  const hours = { days: [1, 2, 3, 4, 5], from: 480, to: 1080, zone: 'Europe/Berlin' }
  assert.equal(code(decided({ hours })), 'outside-hours')
  assert.equal(code(decided({ hours: { ...hours, days: [6] } })), 'allowed')
})

test('an approval counts for what was asked, for whom, once it is given and until it lapses', () => {
  const approvals = { count: 1, by: { groups: ['leads'] }, lapse: 3600 }
  assert.equal(code(decided({ approvals })), 'approval-needed')
  const approved: ApprovalRequest = {
    id: 'r1',
    state: 'approved',
    principalId: ann.id,
    principalName: ann.name,
    role: 'admin',
    grant: 'developers',
    duration: 3600,
    askedAt: now.getTime(),
    expiresAt: later(60).getTime(),
    needed: 1,
    votes: [],
    terms: termsOf({ ...grant, approvals }, admin),
  }
  const on = (change: Partial<ApprovalRequest> = {}, request: Partial<SessionRequest> = {}) =>
    code(decided({ approvals }, { requestId: 'r1', ...request }, ann, { ...approved, ...change }))
  assert.equal(on(), 'allowed')
  assert.equal(on({}, { duration: 3601 }), 'request-not-approved')
  assert.equal(on({ principalId: 'corp:bob@example.com' }), 'request-not-approved')
  assert.equal(on({ state: 'waiting' }), 'request-not-approved')
  assert.equal(on({ expiresAt: now.getTime() }), 'request-not-approved')
  assert.equal(
    on({}, { policy: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}' }),
    'request-not-approved',
  )
})

test('what was approved under other rules counts no more', () => {
  const approvals = { count: 1, by: { groups: ['leads'] }, lapse: 3600 }
  const approved: ApprovalRequest = {
    ...{
      id: 'r1',
      state: 'approved',
      principalId: ann.id,
      principalName: ann.name,
      role: 'admin',
      grant: 'developers',
    },
    ...{ duration: 3600, askedAt: now.getTime(), expiresAt: later(60).getTime(), needed: 1, votes: [] },
    terms: termsOf({ ...grant, approvals }, admin),
  }
  const on = (change: Partial<Grant>, role = admin, request = approved) =>
    code(
      decide(
        ann,
        { ...asks, requestId: 'r1' },
        { roles: { admin: role }, grants: [{ ...grant, approvals, ...change }] },
        now,
        request,
      ),
    )
  assert.equal(on({}), 'allowed')
  assert.equal(on({ line: 7, tags: { a: 'b' }, usual: 600 }), 'allowed', 'what approvals are not about may change')
  assert.equal(on({ approvals: { ...approvals, count: 2 } }), 'request-not-approved')
  assert.equal(on({ approvals: { ...approvals, by: { groups: ['security'] } } }), 'request-not-approved')
  assert.equal(on({ approvals: { ...approvals, lapse: 60 } }), 'request-not-approved')
  assert.equal(on({ policy: '{"Version":"2012-10-17","Statement":[]}' }), 'request-not-approved')
  assert.equal(on({}, { ...admin, arn: 'arn:aws:iam::444455556666:role/admin' }), 'request-not-approved')
  const { terms: _, ...old } = approved
  assert.equal(on({}, admin, old), 'request-not-approved', 'of a request that does not say its terms none are known')
})

test('break-glass must be asked for by name, and is nothing for every day', () => {
  assert.equal(code(decided({ breakGlass: true })), 'no-grant')
  assert.equal(code(decided({ breakGlass: true }, { breakGlass: true })), 'allowed')
  assert.equal(code(decided({}, { breakGlass: true })), 'no-grant')
})

test('the first grant that has nothing against it decides; else the refusal that is nearest to a yes is told', () => {
  const grants = [
    { ...grant, name: 'strict', mfaWithin: 60, reasonNeeded: true },
    { ...grant, name: 'loose', longest: 1800, usual: 900 },
  ]
  const outcome = decide(ann, asks, { roles: { admin }, grants }, now)
  assert.equal(outcome.allowed && outcome.grant.name, 'loose')
  const refused = decide(ann, { ...asks, duration: 3600 }, { roles: { admin }, grants }, now)
  assert.equal(code(refused), 'too-long')
})

test('a claim pattern of many stars is matched at once, as the regular expression it stands for would', () => {
  const begun = process.cpuUsage()
  assert.equal(matchesClaim(`${'*a'.repeat(12)}b`, 'a'.repeat(1024)), false)
  assert.equal(matchesClaim(`${'**a'.repeat(12)}`, 'a'.repeat(1024)), true)
  assert.ok(process.cpuUsage(begun).user < 1_000_000)
  const piece = fc.constantFrom('*', '**', 'a', ':', '/', '.', '😀', '\n')
  const text = fc.array(fc.constantFrom('a', ':', '/', '.', '😀', '\n'), { maxLength: 6 }).map((all) => all.join(''))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), text, (pieces, value) => {
      const pattern = pieces.join('')
      const source = pattern
        .split(/(\*\*|\*)/)
        .map((part) => (part === '**' ? '[\\s\\S]*' : part === '*' ? '[^:/]*' : part.replace(/[.:/]/g, '\\$&')))
        .join('')
      return matchesClaim(pattern, value) === new RegExp(`^(?:${source.replaceAll('\\:', ':')})$`, 'u').test(value)
    }),
    { numRuns: 2000 },
  )
})

test('of no claims nobody has all', () => {
  assert.equal(isOneOf({ claims: {} }, job), false)
  assert.equal(isOneOf({ anyOf: [{ claims: {} }] }, job), false)
  assert.equal(isOneOf({ claims: { repository: ['acme/app'] } }, job), true)
})

test('a claim pattern stays within its part: another owner is not let in by a star', () => {
  assert.equal(matchesClaim('repo:acme/*:ref:refs/heads/main', 'repo:acme/app:ref:refs/heads/main'), true)
  assert.equal(matchesClaim('repo:acme/*', 'repo:acme/app:ref:refs/heads/main'), false)
  assert.equal(matchesClaim('repo:acme/*', 'repo:acme-evil/app'), false)
  assert.equal(matchesClaim('repo:acme/**', 'repo:acme/app:ref:refs/heads/main'), true)
  assert.equal(matchesClaim('a.c', 'abc'), false)
  assert.equal(isOneOf({ authenticators: ['github'], claims: { repository: ['acme/app'] } }, job), true)
  assert.equal(isOneOf({ authenticators: ['github'], claims: { repository: ['acme/app'] } }, ann), false)
  assert.equal(isOneOf({ claims: { constructor: ['x'] } }, job), false)
})

test('who says nothing means nobody, and a workload is not taken for a person by its name', () => {
  assert.equal(isOneOf({}, ann), false)
  assert.equal(isOneOf({ anyone: true }, ann), true)
  assert.equal(isOneOf({ ids: ['ann@example.com'] }, ann), true)
  assert.equal(isOneOf({ ids: ['ann@example.com'] }, { ...job, name: 'ann@example.com' }), false)
  // Who chose that name for themselves.
  assert.equal(isOneOf({ ids: ['ann@example.com'] }, { ...ann, id: 'corp:mallory@example.com' }), false)
  assert.equal(isOneOf({ anyOf: [{ groups: ['x'] }, { ids: [ann.id] }] }, ann), true)
})

test('hours go over midnight and follow the clocks of their zone', () => {
  const night = { days: [5], from: 22 * 60, to: 6 * 60, zone: 'UTC' }
  assert.equal(isWithin(night, new Date('2026-11-20T23:00:00Z')), true)
  assert.equal(isWithin(night, new Date('2026-11-21T05:59:00Z')), true)
  assert.equal(isWithin(night, new Date('2026-11-21T06:00:00Z')), false)
  assert.equal(isWithin(night, new Date('2026-11-20T05:00:00Z')), false)
})

test('networks take both families, and an IPv4 address in IPv6 clothes is the IPv4 one', () => {
  assert.equal(isInNetworks(['10.0.0.0/8'], '::ffff:10.1.1.1'), true)
  assert.equal(isInNetworks(['2001:db8::/32'], '2001:db8::1'), true)
  assert.equal(isInNetworks(['0.0.0.0/0'], 'not an address'), false)
  assert.equal(networkFault('10.0.0.0/8'), undefined)
  assert.ok(networkFault('10.0.0.0/33'))
  assert.ok(networkFault('10.0.0/8'))
})
