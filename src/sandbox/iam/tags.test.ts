import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  TagPolicyCommand,
  TagRoleCommand,
  TagUserCommand,
  UntagUserCommand,
} from '@aws-sdk/client-iam'
import { seedManagedPolicies } from './aws-policies.ts'
import { callerNamed, fault, root, stage, trusting } from './stage.test.ts'

const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, number) => ({ Key: `k${from + number}`, Value: '' }))

async function withUser() {
  const here = stage()
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const tag = (Tags: { Key: string; Value: string }[]) => iam.send(new TagUserCommand({ UserName: 'ann', Tags }))
  const list = async () => (await iam.send(new ListUserTagsCommand({ UserName: 'ann' }))).Tags
  return { here, iam, tag, list }
}

test('tags are added, replaced whatever the case of their key, and taken away', async () => {
  const { iam, tag, list } = await withUser()
  await tag([
    { Key: 'Team', Value: 'a' },
    { Key: 'cost', Value: '1' },
  ])
  await tag([{ Key: 'team', Value: 'b' }])
  assert.deepEqual(await list(), [
    { Key: 'cost', Value: '1' },
    { Key: 'team', Value: 'b' },
  ])
  await iam.send(new UntagUserCommand({ UserName: 'ann', TagKeys: ['TEAM', 'none'] }))
  assert.deepEqual(await list(), [{ Key: 'cost', Value: '1' }])
})

test('a key given twice, a key of AWS, and the fifty-first tag are refused', async () => {
  const { tag, list } = await withUser()
  await assert.rejects(
    tag([
      { Key: 'a', Value: '1' },
      { Key: 'A', Value: '2' },
    ]),
    fault('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.'),
  )
  await assert.rejects(tag([{ Key: 'aws:x', Value: '' }]), fault('InvalidInput'))
  await tag(many(50))
  await assert.rejects(tag(many(1, 50)), fault('LimitExceeded', 'The number of tags has reached the maximum limit.'))
  await tag(many(1, 49))
  assert.equal((await list())?.length, 50)
})

test('roles are tagged too; the policies of AWS are not', async () => {
  const { here, iam } = await withUser()
  seedManagedPolicies(here.cloud)
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trusting('*') }))
  await iam.send(new TagRoleCommand({ RoleName: 'r', Tags: many(1) }))
  assert.equal((await iam.send(new ListRoleTagsCommand({ RoleName: 'r' }))).Tags?.length, 1)
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await assert.rejects(iam.send(new TagPolicyCommand({ PolicyArn, Tags: many(1) })), fault('AccessDenied'))
})

test('policies may ask for the tags of what is touched and of what is asked', async () => {
  const { here, iam, tag } = await withUser()
  await iam.send(new CreateUserCommand({ UserName: 'boss' }))
  const allow = (action: string, condition: object) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Action: action, Resource: '*', Condition: condition },
    })
  const boss = here.as(callerNamed('boss'))
  const put = (PolicyDocument: string) =>
    iam.send(new PutUserPolicyCommand({ UserName: 'boss', PolicyName: 'p', PolicyDocument }))
  await put(allow('iam:GetUser', { StringEquals: { 'iam:ResourceTag/team': 'x' } }))
  await assert.rejects(boss.send(new GetUserCommand({ UserName: 'ann' })), fault('AccessDenied'))
  await tag([{ Key: 'team', Value: 'x' }])
  await boss.send(new GetUserCommand({ UserName: 'ann' }))
  await put(allow('iam:TagUser', { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } }))
  await assert.rejects(boss.send(new TagUserCommand({ UserName: 'ann', Tags: many(1) })), fault('AccessDenied'))
  await boss.send(new TagUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'y' }] }))
})

test('who may set no boundary but one is held to it, at creation and after', async () => {
  const { here, iam } = await withUser()
  seedManagedPolicies(here.cloud)
  await iam.send(new CreateUserCommand({ UserName: 'boss' }))
  const bound = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  const document = JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Action: ['iam:CreateUser', 'iam:PutUserPolicy', 'iam:DeleteUser'],
      Resource: '*',
      Condition: { StringEquals: { 'iam:PermissionsBoundary': bound } },
    },
  })
  await iam.send(new PutUserPolicyCommand({ UserName: 'boss', PolicyName: 'p', PolicyDocument: document }))
  const boss = here.as(callerNamed('boss'))
  await assert.rejects(boss.send(new CreateUserCommand({ UserName: 'new' })), fault('AccessDenied'))
  await boss.send(new CreateUserCommand({ UserName: 'new', PermissionsBoundary: bound }))
  const put = (UserName: string) => new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: document })
  await assert.rejects(boss.send(put('ann')), fault('AccessDenied'))
  await boss.send(put('new'))
  await assert.rejects(boss.send(new DeleteUserCommand({ UserName: 'ann' })), fault('AccessDenied'))
})
