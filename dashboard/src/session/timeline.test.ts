import assert from 'node:assert/strict'
import { test } from 'node:test'
import { at, noon, rows, session } from '../sessions/sample-session.ts'
import { callsText, timelineOf } from './timeline.ts'

test('a session is told from its request to its end', () => {
  const use = {
    lastAt: at(30),
    lastFrom: '192.0.2.7',
    addresses: ['192.0.2.7'],
    calls: { 's3:GetObject': 3 },
    denied: 0,
  }
  const entries = timelineOf(
    rows(
      {
        kind: 'asked',
        at: at(0),
        request: {
          ...{
            id: 'r1',
            state: 'waiting',
            principalId: 'corp:ann',
            principalName: 'ann',
            role: 'admin',
            grant: 'admins',
          },
          ...{
            duration: 3600,
            reason: '<script>alert(1)</script>',
            askedAt: at(0),
            expiresAt: at(900),
            needed: 1,
            votes: [],
          },
        },
      },
      {
        kind: 'voted',
        at: at(5),
        provenAt: at(0),
        requestId: 'r1',
        state: 'approved',
        vote: { by: 'corp:lea', byName: 'lea', at: at(5), approve: true },
      },
      { kind: 'intent', at: at(6), session: session('s1', { state: 'pending' }), provenAt: at(0) },
      { kind: 'used', at: at(30), sessionId: 's1', use },
      { kind: 'used', at: at(40), sessionId: 's1', use: { ...use, lastAt: at(40), denied: 2 } },
      { kind: 'configured', at: at(41), digest: 'd', by: 'x' },
      {
        kind: 'reached',
        at: at(50),
        revocationId: 'v1',
        reach: {
          place: 'aws',
          where: 'arn',
          effect: 'runs-until-expiry',
          how: 'foreign',
          sessions: ['s1'],
          until: at(3600),
        },
      },
    ),
    noon,
  )
  assert.deepEqual(
    entries.map(({ title }) => title),
    [
      'ann asked for approval',
      'lea approved',
      'Asked AWS for the session',
      'Used from 192.0.2.7',
      'Used from 192.0.2.7, 2 calls denied',
      entries[5]?.title,
    ],
  )
  assert.match(entries[5]?.title ?? '', /^AWS does not stop it/)
  assert.ok(entries[0]?.details.includes('“<script>alert(1)</script>”'))
})

test('calls are told most frequent first, and no more than six kinds', () => {
  assert.equal(callsText({ 's3:ListBuckets': 1, 's3:GetObject': 9 }), 's3:GetObject ×9, s3:ListBuckets')
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, place) => [`s3:Call${place}`, 1]))
  assert.match(callsText(many), / and 2 more$/)
})
