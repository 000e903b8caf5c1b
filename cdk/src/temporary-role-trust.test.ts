import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Duration } from 'aws-cdk-lib'
import { AccountPrincipal } from 'aws-cdk-lib/aws-iam'
import {
  account,
  addDevice,
  addRole,
  addUser,
  allow,
  ask,
  credentialsIn,
  otherAccount,
  setStage,
} from '../../src/sandbox/stage.test.ts'
import type { QueryInput } from '../../src/wire/query.ts'
import { trustIn } from '../test/written.ts'
import { TemporaryRole, type TemporaryRoleProps } from './temporary-role.ts'

/** ann, who may assume any role, with a session that has MFA and one that has none; and what STS says to each. */
async function setAnn(t: TestContext) {
  const stage = await setStage(t)
  const key = addUser(stage, 'ann', allow('sts:*', '*'))
  const { serial, code } = addDevice(stage, 'ann')
  const session = async (more: QueryInput) =>
    credentialsIn(await ask(stage, key, { Action: 'GetSessionToken', ...more }))
  const withMfa = await session({ SerialNumber: serial, TokenCode: code() })
  const without = await session({})
  const role = (props: TemporaryRoleProps, name = 'reader') =>
    addRole(
      stage,
      name,
      trustIn((stack) => new TemporaryRole(stack, 'Role', props)),
    )
  const asked = async (RoleArn: string, as: typeof key = withMfa, more: QueryInput = {}) =>
    (await ask(stage, as, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'ann', ...more })).status
  return { stage, key, withMfa, without, role, asked }
}

test('with MFA and under their own name a user gets the role, and neither without nor under that of another', async (t) => {
  const { key, without, withMfa, role, asked } = await setAnn(t)
  const arn = role({})
  assert.equal(await asked(arn), 200)
  assert.equal(await asked(arn, key), 403)
  assert.equal(await asked(arn, without), 403)
  for (const RoleSessionName of ['bob', 'Ann', 'ann2'])
    assert.equal(await asked(arn, withMfa, { RoleSessionName }), 403, RoleSessionName)
})

test('a role has no name of a user, so no session of one gets the role, whatever it calls itself', async (t) => {
  const { stage, withMfa, role, asked } = await setAnn(t)
  addRole(
    stage,
    'first',
    trustIn((stack) => new TemporaryRole(stack, 'First', {})),
    {
      inline: { all: allow('sts:*', '*') },
    },
  )
  const first = await ask(stage, withMfa, {
    Action: 'AssumeRole',
    RoleArn: `arn:aws:iam::${account}:role/first`,
    RoleSessionName: 'ann',
  })
  assert.equal(first.status, 200)
  const arn = role({})
  for (const RoleSessionName of ['ann', 'first'])
    assert.equal(await asked(arn, credentialsIn(first), { RoleSessionName }), 403)
})

test('a source identity has to be theirs, and has to be said', async (t) => {
  const { withMfa, role, asked } = await setAnn(t)
  const arn = role({ namedBy: 'source-identity' })
  assert.equal(await asked(arn, withMfa, { SourceIdentity: 'ann', RoleSessionName: 'anything' }), 200)
  assert.equal(await asked(arn, withMfa, { SourceIdentity: 'bob' }), 403)
  assert.equal(await asked(arn), 403)
})

test('MFA that is too old is none', async (t) => {
  const { stage, role, asked } = await setAnn(t)
  const arn = role({ maximumMfaAge: Duration.minutes(10) })
  stage.later(590)
  assert.equal(await asked(arn), 200)
  stage.later(20)
  assert.equal(await asked(arn), 403)
})

test('a third party has to say its external id, and another account than that named gets nothing', async (t) => {
  const { stage, role, asked } = await setAnn(t)
  const vendor = { accountId: otherAccount, arn: `arn:aws:iam::${otherAccount}:user/vendor` }
  const key = addUser(stage, 'vendor', allow('sts:*', '*'), vendor)
  const arn = role({
    trustedPrincipals: [new AccountPrincipal(otherAccount)],
    requireMfa: false,
    externalId: 'customer-17',
  })
  assert.equal(await asked(arn, key, { ExternalId: 'customer-17' }), 200)
  assert.equal(await asked(arn, key, { ExternalId: 'customer-18' }), 403)
  assert.equal(await asked(arn, key), 403)
  assert.equal(await asked(arn, undefined, { ExternalId: 'customer-17' }), 403)
  assert.equal(await asked(role({}, 'ours'), key), 403)
})
