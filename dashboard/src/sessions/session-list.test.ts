import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LedgerEvent, Reach, Session } from '../api/types.ts'
import { at, noon, rows, session } from './sample-session.ts'
import { sessionList } from './session-list.ts'
import { isLoose, rowOf } from './session-row.ts'

const intent = (id: string, seconds = 0): LedgerEvent => {
  const { issuedAt: _, expiresAt: __, ...pending } = session(id, { state: 'pending', askedAt: at(seconds) })
  return { kind: 'intent', at: at(seconds), session: pending, provenAt: at(0) }
}
const issued = (sessionId: string): LedgerEvent => ({
  kind: 'issued',
  at: at(1),
  sessionId,
  accessKeyId: 'ASIA1',
  userId: 'AROA1:x',
  issuedAt: at(1),
  expiresAt: at(3600),
})
const revoked = (...sessions: readonly string[]): LedgerEvent => ({
  kind: 'revoked',
  at: at(60),
  revocationId: 'v1',
  target: { kind: 'everything' },
  by: 'corp:sec',
  byName: 'sec',
  reason: 'drill',
  sessions,
})

test('a session appears with its intent, and is issued and revoked as the ledger tells', () => {
  const list = sessionList()
  assert.equal(list.follow(rows(intent('s1'))), 1)
  assert.equal(list.find('s1')?.session.state, 'pending')
  assert.equal(list.follow(rows(issued('s1'))), 0)
  assert.equal(list.find('s1')?.session.state, 'issued')
  assert.equal(list.find('s1')?.ends, noon + 3_600_000)
  list.follow(rows(revoked('s1')))
  const ended = list.find('s1')?.session
  assert.deepEqual([ended?.state, ended?.revokedAt, ended?.revocationId], ['revoked', at(60), 'v1'])
})

test('several events of one session in one batch are folded one into the other', () => {
  const list = sessionList()
  assert.equal(list.follow(rows(intent('s1'), issued('s1'), revoked('s1'))), 1)
  assert.equal(list.find('s1')?.session.state, 'revoked')
  assert.equal(list.find('s1')?.session.accessKeyId, 'ASIA1')
})

test('a row that comes late or twice does not bring a revoked session back', () => {
  const list = sessionList()
  list.load([session('s1', { state: 'revoked', revokedAt: at(60) })])
  list.follow(rows(intent('s1'), issued('s1')))
  assert.equal(list.find('s1')?.session.state, 'revoked')
  assert.equal(list.rows().length, 1)
})

test('an older use does not replace a newer one, and a newer one does', () => {
  const use = (seconds: number): Session['use'] & object => ({
    lastAt: at(seconds),
    lastFrom: '192.0.2.1',
    addresses: ['192.0.2.1'],
    calls: {},
    denied: 0,
  })
  const list = sessionList()
  list.load([session('s1', { use: use(50) })])
  list.follow(rows({ kind: 'used', at: at(51), sessionId: 's1', use: use(40) }))
  assert.equal(list.find('s1')?.session.use?.lastAt, at(50))
  list.follow(rows({ kind: 'used', at: at(61), sessionId: 's1', use: use(60) }))
  assert.equal(list.find('s1')?.session.use?.lastAt, at(60))
})

test('what never was issued is not called revoked', () => {
  const list = sessionList()
  list.follow(rows(intent('s1'), { kind: 'failed', at: at(1), sessionId: 's1', because: 'no' }, revoked('s1')))
  assert.equal(list.find('s1')?.session.state, 'failed')
})

test('what a revocation left running is known of, until AWS denies it after all', () => {
  const reached = (effect: Reach['effect'], place: Reach['place'] = 'aws'): LedgerEvent => ({
    kind: 'reached',
    at: at(61),
    revocationId: 'v1',
    reach: { place, where: 'arn', effect, how: '', sessions: ['s1', 'nobody-knows-it'] },
  })
  const list = sessionList()
  list.load([session('s1')])
  list.follow(rows(revoked('s1'), reached('refused', 'broker'), reached('runs-until-expiry')))
  const row = list.find('s1')
  assert.equal(row?.runsOn, 'certainly')
  assert.deepEqual([row && isLoose(row, noon), row && isLoose(row, noon + 4_000_000)], [true, false])
  list.follow(rows(reached('unknown')))
  assert.equal(list.find('s1')?.runsOn, 'perhaps')
  list.follow(rows(reached('denied')))
  assert.equal(list.find('s1')?.runsOn, undefined)
})

test('the rows are the same array until something changes, and another then', () => {
  const list = sessionList()
  list.load([session('s1')])
  const before = list.rows()
  list.follow(rows({ kind: 'configured', at: at(2), digest: 'd', by: 'x' }, revoked('nobody-knows-it')))
  assert.equal(list.rows(), before)
  list.follow(rows(revoked('s1')))
  assert.notEqual(list.rows(), before)
})

test('what is over for long is forgotten, and what lives is kept', () => {
  const list = sessionList()
  list.load([session('s1'), session('s2', { askedAt: at(7000), expiresAt: at(9000) })])
  list.forget(noon + 3_500_000)
  assert.equal(list.rows().length, 2)
  list.forget(noon + 3_700_000)
  assert.deepEqual(
    list.rows().map(({ id }) => id),
    ['s2'],
  )
  assert.equal(list.find('s1'), undefined)
})

test('however sessions come and change, they stand newest first, each once', () => {
  const step = fc.record({ id: fc.integer({ min: 0, max: 30 }), asked: fc.integer({ min: 0, max: 5 }) })
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 12 }), (batches) => {
      const list = sessionList()
      const asked = new Map<number, number>()
      for (const [turn, batch] of batches.entries()) {
        for (const { id, asked: seconds } of batch) if (!asked.has(id)) asked.set(id, seconds)
        const known = batch.map(({ id }) => id)
        if (turn % 2 === 0) list.load(known.map((id) => session(`s${id}`, { askedAt: at(asked.get(id) ?? 0) })))
        else
          list.follow(
            rows(...known.map((id) => intent(`s${id}`, asked.get(id))), revoked(...known.map((id) => `s${id}`))),
          )
      }
      const expected = [...asked].map(([id, seconds]) => rowOf(session(`s${id}`, { askedAt: at(seconds) }), 0))
      expected.sort((a, b) => b.asked - a.asked || (a.id < b.id ? -1 : 1))
      assert.deepEqual(
        list.rows().map(({ id }) => id),
        expected.map(({ id }) => id),
      )
      for (const row of list.rows()) assert.equal(list.find(row.id), row)
    }),
  )
})
