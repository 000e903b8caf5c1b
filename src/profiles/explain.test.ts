import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AssumeRoleSpec, MfaSessionSpec } from '../model/source-spec.ts'
import { explainSpec } from './explain.ts'

const sts = { region: 'eu-central-1' }
const key = { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } as const
const mfa = { serial: 'arn:aws:iam::111122223333:mfa/ann' }
const session: MfaSessionSpec = { kind: 'mfa-session', base: key, mfa, duration: 43_200, sts }
const role: AssumeRoleSpec = { kind: 'assume-role', base: session, roleArn: 'arn:aws:iam::111122223333:role/r', sts }

test('the way is told from the key to the last session', () => {
  const hops = explainSpec(role)
  assert.deepEqual(
    hops.map(({ kind, lasts }) => [kind, lasts]),
    [
      ['stored-key', undefined],
      ['mfa-session', 43_200],
      ['assume-role', 3600],
    ],
  )
  assert.deepEqual(
    hops.map(({ asks }) => asks),
    [undefined, `the code of ${mfa.serial}`, undefined],
  )
})

test('the hour of a chained role is told, and not of a role assumed from the key', () => {
  const notes = (spec: AssumeRoleSpec): string => explainSpec(spec).at(-1)?.notes.join() ?? ''
  assert.match(notes(role), /an hour at most/)
  assert.doesNotMatch(notes({ ...role, base: key, mfa, duration: 7200 }), /an hour at most/)
})

test('a session without MFA says what it may not do', () => {
  const { mfa: _, ...without } = session
  assert.match(explainSpec(without).at(-1)?.notes.join() ?? '', /may not call IAM/)
  assert.doesNotMatch(explainSpec(session).at(-1)?.notes.join() ?? '', /may not call IAM/)
})

test('an external id is told of and not shown', () => {
  const told = JSON.stringify(explainSpec({ ...role, externalId: 'a-shared-word' }))
  assert.match(told, /external id/)
  assert.doesNotMatch(told, /a-shared-word/)
})
