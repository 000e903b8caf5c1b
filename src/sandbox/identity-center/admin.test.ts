import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { QueryInput } from '../../wire/query.ts'
import { keyOf } from '../cloud.ts'
import { addRole, addUser, allow, ask } from '../stage.test.ts'
import {
  account,
  admin,
  credentialsOf,
  type Json,
  otherAccount,
  otherAdmin,
  portal,
  type Stage,
  setSsoStage,
  signedIn,
} from './stage.test.ts'
import { instanceOf } from './state.ts'

const names = (stage: Stage) => {
  const { arn, identityStoreId } = instanceOf(stage.sandbox.cloud)
  return { InstanceArn: arn, IdentityStoreId: identityStoreId }
}
const good = ({ status, body }: Json): Record<string, unknown> => {
  assert.equal(status, 200, JSON.stringify(body))
  return body
}
const refused = ({ status, errorType }: Json, type: string): void => assert.deepEqual([status, errorType], [400, type])

/** A permission set, and what names it. */
async function makeSet(
  stage: Stage,
  name: string,
  more: object = {},
): Promise<{ InstanceArn: string; PermissionSetArn: string }> {
  const { InstanceArn } = names(stage)
  const { PermissionSet } = good(await admin(stage, 'CreatePermissionSet', { InstanceArn, Name: name, ...more }))
  return { InstanceArn, PermissionSetArn: String((PermissionSet as Record<string, unknown>).PermissionSetArn) }
}

async function annOf(stage: Stage): Promise<string> {
  const { IdentityStoreId } = names(stage)
  const AlternateIdentifier = { UniqueAttribute: { AttributePath: 'userName', AttributeValue: 'ANN' } }
  return String(good(await admin(stage, 'GetUserId', { IdentityStoreId, AlternateIdentifier })).UserId)
}

const assignment = (set: object, PrincipalId: string, TargetId = account, PrincipalType = 'USER'): object => ({
  ...set,
  PrincipalId,
  PrincipalType,
  TargetId,
  TargetType: 'AWS_ACCOUNT',
})

test('an assignment makes the role in its account; the last one to go takes it away', async (t) => {
  const stage = await setSsoStage(t)
  const ann = await annOf(stage)
  const set = await makeSet(stage, 'Buckets', { SessionDuration: 'PT2H' })
  const ManagedPolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
  good(await admin(stage, 'AttachManagedPolicyToPermissionSet', { ...set, ManagedPolicyArn }))
  const made = good(await admin(stage, 'CreateAccountAssignment', assignment(set, ann, otherAccount)))
  const { Status, RequestId } = made.AccountAssignmentCreationStatus as Record<string, string>
  assert.equal(Status, 'IN_PROGRESS')
  const { InstanceArn } = set
  const asked = { InstanceArn, AccountAssignmentCreationRequestId: RequestId }
  const told = good(await admin(stage, 'DescribeAccountAssignmentCreationStatus', asked))
  assert.equal((told.AccountAssignmentCreationStatus as Record<string, string>).Status, 'SUCCEEDED')
  const rolesNow = () => [...stage.sandbox.cloud.roles.values()].filter(({ name }) => name.includes('_Buckets_'))
  const [role, ...others] = rolesNow()
  assert.ok(role)
  assert.equal(others.length, 0)
  assert.match(
    role.arn,
    /^arn:aws:iam::444455556666:role\/aws-reserved\/sso\.amazonaws\.com\/AWSReservedSSO_Buckets_[0-9a-f]{16}$/,
  )
  assert.deepEqual(role.attached, [ManagedPolicyArn])
  assert.match(role.trust, /AssumeRoleWithSAML/)
  const { accessToken } = await signedIn(stage)
  assert.equal((await portal(stage, credentialsOf('Buckets', otherAccount), accessToken)).status, 200)
  refused(await admin(stage, 'DeletePermissionSet', set), 'ConflictException')
  good(await admin(stage, 'DeleteAccountAssignment', assignment(set, ann, otherAccount)))
  assert.equal(rolesNow().length, 0)
  assert.equal((await portal(stage, credentialsOf('Buckets', otherAccount), accessToken)).status, 403)
  good(await admin(stage, 'DeletePermissionSet', set))
})

test('a changed permission set reaches an account when it is provisioned, and not before', async (t) => {
  const stage = await setSsoStage(t)
  const { InstanceArn } = names(stage)
  const set = await makeSet(stage, 'Tight')
  good(await admin(stage, 'CreateAccountAssignment', assignment(set, await annOf(stage))))
  const roleName = () =>
    [...stage.sandbox.cloud.roles.values()].find(({ name }) => name.includes('_Tight_'))?.name ?? ''
  const inline = () => stage.sandbox.cloud.roles.get(keyOf(account, roleName()))?.inline
  const InlinePolicy = allow('s3:ListAllMyBuckets', '*')
  good(await admin(stage, 'PutInlinePolicyToPermissionSet', { ...set, InlinePolicy }))
  assert.deepEqual(inline(), {})
  const stale = { InstanceArn, AccountId: account, ProvisioningStatus: 'LATEST_PERMISSION_SET_NOT_PROVISIONED' }
  const waiting = async () => good(await admin(stage, 'ListPermissionSetsProvisionedToAccount', stale)).PermissionSets
  assert.deepEqual(await waiting(), [set.PermissionSetArn])
  good(await admin(stage, 'ProvisionPermissionSet', { ...set, TargetType: 'ALL_PROVISIONED_ACCOUNTS' }))
  assert.deepEqual(inline(), { AwsSSOInlinePolicy: InlinePolicy })
  assert.deepEqual(await waiting(), [])
  assert.equal(good(await admin(stage, 'GetInlinePolicyForPermissionSet', set)).InlinePolicy, InlinePolicy)
  refused(await admin(stage, 'ProvisionPermissionSet', { ...set, TargetType: 'AWS_ACCOUNT' }), 'ValidationException')
})

test("the account's own administrators cannot change such a role, and can change any other", async (t) => {
  const stage = await setSsoStage(t)
  const [reserved] = stage.sandbox.cloud.roles.values()
  assert.ok(reserved)
  const iam = (params: QueryInput) => ask(stage, stage.sandbox, params, { service: 'iam' })
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
  for (const params of [
    { Action: 'AttachRolePolicy', PolicyArn },
    { Action: 'UpdateAssumeRolePolicy', PolicyDocument: reserved.trust },
    { Action: 'DeleteRole' },
  ]) {
    const refusal = await iam({ ...params, RoleName: reserved.name })
    assert.equal(refusal.code, 'UnmodifiableEntity', params.Action)
    assert.match(refusal.message ?? '', /only modifiable by AWS$/)
  }
  addRole(stage, 'own', reserved.trust)
  assert.equal((await iam({ Action: 'AttachRolePolicy', RoleName: 'own', PolicyArn })).status, 200)
})

test('an assignment to a group reaches its members, and only while they are', async (t) => {
  const stage = await setSsoStage(t)
  const { IdentityStoreId } = names(stage)
  const set = await makeSet(stage, 'Team')
  const { GroupId } = good(await admin(stage, 'CreateGroup', { IdentityStoreId, DisplayName: 'team' }))
  good(await admin(stage, 'CreateAccountAssignment', assignment(set, String(GroupId), account, 'GROUP')))
  const { accessToken } = await signedIn(stage)
  assert.equal((await portal(stage, credentialsOf('Team'), accessToken)).status, 403)
  const UserId = await annOf(stage)
  const membership = { IdentityStoreId, GroupId, MemberId: { UserId } }
  const { MembershipId } = good(await admin(stage, 'CreateGroupMembership', membership))
  assert.equal((await portal(stage, credentialsOf('Team'), accessToken)).status, 200)
  refused(await admin(stage, 'CreateGroupMembership', membership), 'ConflictException')
  const asked = { IdentityStoreId, MemberId: { UserId }, GroupIds: [GroupId] }
  assert.deepEqual(good(await admin(stage, 'IsMemberInGroups', asked)).Results, [
    { GroupId, MemberId: { UserId }, MembershipExists: true },
  ])
  good(await admin(stage, 'DeleteGroupMembership', { IdentityStoreId, MembershipId }))
  assert.equal((await portal(stage, credentialsOf('Team'), accessToken)).status, 403)
})

test('a person who is deleted is signed out of everything', async (t) => {
  const stage = await setSsoStage(t)
  const { IdentityStoreId } = names(stage)
  const { accessToken } = await signedIn(stage)
  good(await admin(stage, 'DeleteUser', { IdentityStoreId, UserId: await annOf(stage) }))
  assert.equal((await portal(stage, '/assignment/accounts', accessToken)).status, 401)
  assert.equal((await portal(stage, '/assignment/accounts', (await signedIn(stage, 'bob')).accessToken)).status, 200)
})

test('what is there already, is not there or is not right is refused by its name', async (t) => {
  const stage = await setSsoStage(t)
  const { InstanceArn, IdentityStoreId } = names(stage)
  const set = await makeSet(stage, 'One')
  const ann = await annOf(stage)
  refused(await admin(stage, 'CreatePermissionSet', { InstanceArn, Name: 'One' }), 'ConflictException')
  refused(await admin(stage, 'CreatePermissionSet', { InstanceArn, Name: 'a b' }), 'ValidationException')
  for (const SessionDuration of ['PT59M', 'PT13H', 'P1D', 'PT', '1h'])
    refused(
      await admin(stage, 'CreatePermissionSet', { InstanceArn, Name: 'Two', SessionDuration }),
      'ValidationException',
    )
  await makeSet(stage, 'Two', { SessionDuration: 'PT1H30M' })
  const other = { InstanceArn: 'arn:aws:sso:::instance/ssoins-0000000000000000' }
  refused(await admin(stage, 'ListPermissionSets', other), 'ResourceNotFoundException')
  refused(
    await admin(stage, 'DescribePermissionSet', { ...set, PermissionSetArn: `${set.PermissionSetArn}x` }),
    'ResourceNotFoundException',
  )
  refused(await admin(stage, 'PutInlinePolicyToPermissionSet', { ...set, InlinePolicy: '{}' }), 'ValidationException')
  refused(
    await admin(stage, 'CreateAccountAssignment', assignment(set, ann, '999999999999')),
    'ResourceNotFoundException',
  )
  refused(
    await admin(
      stage,
      'CreateAccountAssignment',
      assignment(
        set,
        ann.replace(/^./, (c) => (c === 'a' ? 'b' : 'a')),
      ),
    ),
    'ResourceNotFoundException',
  )
  refused(await admin(stage, 'DeleteAccountAssignment', assignment(set, ann)), 'ResourceNotFoundException')
  const user = { IdentityStoreId, UserName: 'Ann', DisplayName: 'A', Name: { GivenName: 'A', FamilyName: 'A' } }
  refused(await admin(stage, 'CreateUser', user), 'ConflictException')
  refused(await admin(stage, 'CreateUser', { ...user, UserName: 'a b' }), 'ValidationException')
  refused(await admin(stage, 'CreateUser', { ...user, IdentityStoreId: 'd-0000000000' }), 'ResourceNotFoundException')
  good(await admin(stage, 'CreateUser', { ...user, UserName: 'carol' }))
})

test('only the account that owns the instance administers it, and only who is allowed to', async (t) => {
  const stage = await setSsoStage(t)
  const { InstanceArn, IdentityStoreId } = names(stage)
  const theirs = otherAdmin(stage)
  assert.deepEqual(good(await admin(stage, 'ListInstances', {}, theirs)).Instances, [])
  refused(await admin(stage, 'ListPermissionSets', { InstanceArn }, theirs), 'AccessDeniedException')
  refused(await admin(stage, 'ListUsers', { IdentityStoreId }, theirs), 'AccessDeniedException')
  const eve = addUser(stage, 'eve', allow('sso:List*', '*'))
  refused(await admin(stage, 'CreatePermissionSet', { InstanceArn, Name: 'X' }, eve), 'AccessDeniedException')
  refused(await admin(stage, 'ListUsers', { IdentityStoreId }, eve), 'AccessDeniedException')
  good(await admin(stage, 'ListPermissionSets', { InstanceArn }, eve))
})

test('lists come in pages, and a made-up token is refused', async (t) => {
  const stage = await setSsoStage(t)
  const { InstanceArn, IdentityStoreId } = names(stage)
  const first = good(await admin(stage, 'ListPermissionSets', { InstanceArn, MaxResults: 1 }))
  const second = good(await admin(stage, 'ListPermissionSets', { InstanceArn, NextToken: first.NextToken }))
  assert.deepEqual(
    [(first.PermissionSets as []).length, (second.PermissionSets as []).length, second.NextToken],
    [1, 1, undefined],
  )
  refused(await admin(stage, 'ListPermissionSets', { InstanceArn, NextToken: 'AAAA' }), 'ValidationException')
  const Filters = [{ AttributePath: 'UserName', AttributeValue: 'bob' }]
  assert.equal((good(await admin(stage, 'ListUsers', { IdentityStoreId, Filters })).Users as []).length, 1)
})
