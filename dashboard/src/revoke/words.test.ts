import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Reach } from '../api/types.ts'
import { inOrder, reachWords, targetText, verdictOf } from './words.ts'

const now = Date.UTC(2026, 10, 21, 12)
const reach = (change: Partial<Reach>): Reach => ({
  place: 'aws',
  where: 'arn:aws:iam::111122223333:role/reader',
  effect: 'denied',
  how: 'an inline policy',
  sessions: ['s1'],
  ...change,
})
const here = reach({ place: 'broker', where: 'this broker', effect: 'refused' })

test('only what AWS denies counts as stopped', () => {
  const whole = verdictOf({ dryRun: false, sessions: 1, reach: [here, reach({})] })
  assert.deepEqual(whole, { tone: 'good', text: '1 session stopped: AWS denies them, and the broker refuses.' })
  const refusedOnly = verdictOf({ dryRun: false, sessions: 1, reach: [here] })
  assert.deepEqual(refusedOnly, { tone: 'warn', text: 'Of 1 session, 0 stopped; of 1 session it is not known.' })
})

test('a session that runs on somewhere is not called stopped', () => {
  const { tone, text } = verdictOf({
    dryRun: false,
    sessions: 3,
    reach: [here, reach({ sessions: ['s1', 's2', 's3'] }), reach({ effect: 'runs-until-expiry', sessions: ['s3'] })],
  })
  assert.equal(tone, 'bad')
  assert.equal(text, 'Of 3 sessions, 2 stopped; 1 session runs on at AWS until expiry.')
})

test('a dry run speaks of what would be', () => {
  assert.match(
    verdictOf({ dryRun: true, sessions: 2, reach: [reach({ sessions: ['s1', 's2'] })] }).text,
    /would be denied/,
  )
  assert.match(verdictOf({ dryRun: true, sessions: 0, reach: [here] }).text, /would be refused/)
  assert.equal(reachWords(reach({}), { dryRun: true, now }).what, 'would deny every call')
  assert.equal(
    reachWords(reach({ took: 180 }), { dryRun: false, now }).what,
    'denies every call, measured after 180 ms',
  )
})

test('what runs on says until when, or that nobody knows', () => {
  const until = new Date(now + 2_100_000).toISOString()
  const runs = reach({ effect: 'runs-until-expiry' })
  assert.match(
    reachWords({ ...runs, until }, { dryRun: false, now }).what,
    /^does not stop it: it runs on until .* for 35 min$/,
  )
  assert.match(reachWords(runs, { dryRun: false, now }).what, /nobody knows until when/)
})

test('places stand in the order in which they stop, what runs on last', () => {
  const runs = reach({ effect: 'runs-until-expiry' })
  const agent = reach({ place: 'agent', effect: 'dropped' })
  assert.deepEqual(inOrder([runs, reach({}), agent, here]), [here, agent, reach({}), runs])
})

test('a target is named as people name it', () => {
  assert.equal(targetText({ kind: 'principal', principalId: 'corp:ann' }, 'ann'), 'all sessions of ann')
  assert.equal(targetText({ kind: 'everything' }), 'every session')
})
