import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '../api/types.ts'
import { choicesOf, everythingLive, filterRows, type SessionFilter } from './filter.ts'
import { at, noon, session } from './sample-session.ts'
import { rowOf } from './session-row.ts'

const known: readonly Session[] = [
  session('s1'),
  session('s2', { principalName: 'bob@example.com', role: 'admin', accessKeyId: 'ASIABOB' }),
  session('s3', {
    origin: 'cloudtrail',
    role: '',
    roleArn: 'arn:aws:iam::444455556666:role/Deploy',
    accountId: '444455556666',
  }),
  session('s4', { state: 'revoked', revokedAt: at(100) }),
  session('s5', { expiresAt: at(50) }),
]

const found = (filter: Partial<SessionFilter>, seconds = 10): string[] =>
  filterRows(
    known.map((one) => rowOf(one, 0)),
    { ...everythingLive, ...filter },
    noon + seconds * 1000,
  ).map(({ id }) => id)

test('a filter leaves what it says, and all of it must hold', () => {
  assert.deepEqual(found({ person: 'bob@example.com' }), ['s2'])
  assert.deepEqual(found({ role: 'admin', person: 'ann@example.com' }), [])
  assert.deepEqual(found({ account: '444455556666' }), ['s3'])
  assert.deepEqual(found({ origin: 'cloudtrail' }), ['s3'])
})

test('a role without a name in the configuration goes by that of its ARN', () => {
  assert.deepEqual(found({ role: 'Deploy' }), ['s3'])
})

test('all words are searched, in any order and case, and text is no pattern', () => {
  assert.deepEqual(found({ text: 'ADMIN bob' }), ['s2'])
  assert.deepEqual(found({ text: 'asiabob' }), ['s2'])
  assert.deepEqual(found({ text: 'bob reader-not' }), [])
  assert.deepEqual(found({ text: '.*' }), [])
})

test('what has just ended stays in sight for a minute, and no longer', () => {
  assert.deepEqual(found({}, 105), ['s1', 's2', 's3', 's4', 's5'])
  assert.deepEqual(found({}, 161), ['s1', 's2', 's3'])
})

test('what was revoked and runs on is among the live until it is over', () => {
  const row = rowOf(session('s6', { state: 'revoked', revokedAt: at(100) }), 0, 'certainly')
  assert.equal(filterRows([row], everythingLive, noon + 3_000_000).length, 1)
  assert.equal(filterRows([row], everythingLive, noon + 3_700_000).length, 0)
})

test('a state is asked for by itself', () => {
  assert.deepEqual(found({ state: 'revoked' }, 4000), ['s4'])
  assert.deepEqual(found({ state: 'ended' }, 60), ['s5'])
  assert.deepEqual(found({ state: 'all' }, 4000), ['s1', 's2', 's3', 's4', 's5'])
})

test('one can choose from what there is, in order and each once', () => {
  assert.deepEqual(choicesOf(known.map((one) => rowOf(one, 0))), {
    people: ['ann@example.com', 'bob@example.com'],
    roles: ['Deploy', 'admin', 'reader'],
    accounts: ['111122223333', '444455556666'],
  })
})
