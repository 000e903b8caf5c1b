import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newestFirst, sortRows, turned } from './order.ts'
import { session as sample } from './sample-session.ts'
import { rowOf } from './session-row.ts'

const use = (lastAt: string) => ({ lastAt, lastFrom: '192.0.2.1', addresses: [], calls: {}, denied: 0 })
const rows = [
  sample('s3', { principalName: 'Bob', role: 'b', expiresAt: '2026-11-21T13:00:00.000Z' }),
  sample('s2', { principalName: 'ann', role: 'a', use: use('2026-11-21T12:00:00.000Z') }),
  sample('s1', { principalName: 'bob', role: 'a', use: use('2026-11-21T12:30:00.000Z') }),
].map((session, place) => rowOf(session, place))
const ids = (by: Parameters<typeof sortRows>[1]): string =>
  sortRows(rows, by)
    .map(({ id }) => id)
    .join(' ')

test('the list is sorted by a column either way, and what is equal stays the newest first', () => {
  assert.equal(sortRows(rows, newestFirst), rows)
  assert.equal(ids({ by: 'since', down: false }), 's1 s2 s3')
  assert.equal(ids({ by: 'who', down: false }), 's2 s3 s1')
  assert.equal(ids({ by: 'role', down: false }), 's2 s1 s3')
  assert.equal(ids({ by: 'role', down: true }), 's3 s2 s1')
  assert.equal(ids({ by: 'used', down: true }), 's1 s2 s3')
})

test('a second click on a column turns it round, times begin with the latest', () => {
  assert.deepEqual(turned(newestFirst, 'who'), { by: 'who', down: false })
  assert.deepEqual(turned({ by: 'who', down: false }, 'who'), { by: 'who', down: true })
  assert.deepEqual(turned({ by: 'who', down: false }, 'used'), { by: 'used', down: true })
})
