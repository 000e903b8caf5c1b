import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../model/failure.ts'
import type { AssumeRoleSpec } from '../model/source-spec.ts'
import { assertAssumable } from './role-limits.ts'

const sts = { region: 'us-east-1' }
const key = { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } as const
const session = { kind: 'mfa-session', base: key, duration: 3600, sts } as const
const role: AssumeRoleSpec = {
  kind: 'assume-role',
  base: key,
  roleArn: 'arn:aws:iam::111122223333:role/path/reader',
  sts,
}
const mfa = { serial: 'arn:aws:iam::111122223333:mfa/ann' }
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']))
const managed = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

const pairs: readonly (readonly [rule: string, refused: Partial<AssumeRoleSpec>, legal: Partial<AssumeRoleSpec>])[] = [
  [
    'no role',
    { roleArn: 'arn:aws:iam::111122223333:user/reader' },
    { roleArn: 'arn:aws-cn:iam::111122223333:role/reader' },
  ],
  ['role with a line break', { roleArn: `${role.roleArn}\n` }, {}],
  ['session name of one', { sessionName: 'a' }, { sessionName: 'ab' }],
  ['session name of 65', { sessionName: 'a'.repeat(65) }, { sessionName: 'a'.repeat(64) }],
  ['session name with a slash', { sessionName: 'a/b' }, { sessionName: 'a_b+c=d,e.f@g-h' }],
  ['external id of one', { externalId: '1' }, { externalId: 'a:/b' }],
  ['source identity of aws', { sourceIdentity: 'aws:ann' }, { sourceIdentity: 'awsann' }],
  ['too short', { duration: 899 }, { duration: 900 }],
  ['too long', { duration: 43_201 }, { duration: 43_200 }],
  ['half seconds', { duration: 900.5 }, { duration: 901 }],
  ['chained for long', { base: session, duration: 3601 }, { base: session, duration: 3600 }],
  ['MFA of a role', { base: role, mfa }, { base: session, mfa }],
  ['51 tags', { tags: many(51) }, { tags: many(50) }],
  ['tag of strange letters', { tags: { team: 'a*b' } }, { tags: { 'Teäm x': 'a_.:/=+-@ ' } }],
  ['tag without a key', { tags: { '': 'a' } }, { tags: { a: '' } }],
  ['tag of 257', { tags: { a: 'v'.repeat(257) } }, { tags: { a: 'v'.repeat(256) } }],
  ['tags that differ in case', { tags: { team: 'a', Team: 'b' } }, { tags: { team: 'a', teams: 'b' } }],
  ['stray transitive tag', { transitiveTagKeys: ['team'] }, { tags: { Team: 'a' }, transitiveTagKeys: ['team'] }],
  ['policy that is no object', { policy: '[]' }, { policy: '{}' }],
  ['policy that is no JSON', { policy: '{' }, { policy: ' {} ' }],
  ['eleven policies', { policyArns: Array(11).fill(managed) }, { policyArns: Array(10).fill(managed) }],
  ['policy of another service', { policyArns: ['arn:aws:s3:::b'] }, { policyArns: [managed] }],
  ['impossible device', { mfa: { serial: 'a b c d e' } }, { mfa }],
]

for (const [rule, refused, legal] of pairs)
  test(`refuses before anyone is asked: ${rule}; and takes the nearest legal one`, () => {
    assert.throws(
      () => assertAssumable({ ...role, ...refused }),
      (error) => error instanceof Failure && error.code === 'config-invalid' && error.hint !== undefined,
    )
    assertAssumable({ ...role, ...legal })
  })
