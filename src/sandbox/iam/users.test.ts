import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetRoleCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateUserCommand,
} from '@aws-sdk/client-iam'
import { account, anyoneMay, callerNamed, fault, roleCaller, root, stage, trusting } from './stage.test.ts'

test('a user is created with path, tags and a unique id, and is found again whatever the case of its name', async () => {
  const iam = stage().as(root)
  const { User } = await iam.send(
    new CreateUserCommand({ UserName: 'Ann', Path: '/team/', Tags: [{ Key: 'cost', Value: '7' }] }),
  )
  assert.equal(User?.Arn, `arn:aws:iam::${account}:user/team/Ann`)
  assert.match(User?.UserId ?? '', /^AIDA[A-Z2-7]{17}$/)
  const found = await iam.send(new GetUserCommand({ UserName: 'ann' }))
  assert.deepEqual(found.User, User)
  assert.deepEqual(found.User?.Tags, [{ Key: 'cost', Value: '7' }])
})

test('a name that differs by case only is taken', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'Ann' }))
  await assert.rejects(
    iam.send(new CreateUserCommand({ UserName: 'ann' })),
    fault('EntityAlreadyExists', 'User with name ann already exists.'),
  )
  await iam.send(new CreateUserCommand({ UserName: 'anna' }))
})

test('names and paths outside the alphabet are refused in the words of IAM', async () => {
  const iam = stage().as(root)
  await assert.rejects(
    iam.send(new CreateUserCommand({ UserName: 'a b' })),
    fault(
      'ValidationError',
      'The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
    ),
  )
  await assert.rejects(iam.send(new CreateUserCommand({ UserName: 'ab', Path: 'team' })), fault('ValidationError'))
  await assert.rejects(iam.send(new CreateUserCommand({ UserName: 'x'.repeat(65) })), fault('ValidationError'))
  await iam.send(new CreateUserCommand({ UserName: 'a+b=c,d.e@f_g-h', Path: '/team/' }))
})

test('a user that does not exist cannot be found, and who may not look is not told', async () => {
  const here = stage()
  await assert.rejects(
    here.as(root).send(new GetUserCommand({ UserName: 'ghost' })),
    fault('NoSuchEntity', 'The user with name ghost cannot be found.'),
  )
  await here.as(root).send(new CreateUserCommand({ UserName: 'bob' }))
  await assert.rejects(
    here.as(callerNamed('bob')).send(new GetUserCommand({ UserName: 'ghost' })),
    fault(
      'AccessDenied',
      `User: arn:aws:iam::${account}:user/bob is not authorized to perform: iam:GetUser on resource: arn:aws:iam::${account}:user/ghost because no identity-based policy allows the iam:GetUser action`,
    ),
  )
})

test('without a name, a user means itself, root is root, and a role session must say whom', async () => {
  const here = stage()
  const iam = here.as(root)
  assert.equal((await iam.send(new GetUserCommand({}))).User?.Arn, `arn:aws:iam::${account}:root`)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: anyoneMay }))
  assert.equal((await here.as(callerNamed('ann')).send(new GetUserCommand({}))).User?.UserName, 'ann')
  await assert.rejects(
    here.as(roleCaller).send(new GetUserCommand({})),
    fault('ValidationError', 'Must specify userName when calling with non-User credentials'),
  )
})

test('users are listed under a path in pages, by name', async () => {
  const here = stage()
  const iam = here.as(root)
  for (const name of ['dora', 'Carl', 'bea', 'ann'])
    await iam.send(new CreateUserCommand({ UserName: name, Path: '/team/' }))
  await iam.send(new CreateUserCommand({ UserName: 'other' }))
  const first = await iam.send(new ListUsersCommand({ PathPrefix: '/team/', MaxItems: 3 }))
  assert.deepEqual(
    first.Users?.map(({ UserName }) => UserName),
    ['ann', 'bea', 'Carl'],
  )
  assert.equal(first.IsTruncated, true)
  assert.equal(here.asked()[0]?.resource, `arn:aws:iam::${account}:user/team/`)
  const rest = await iam.send(new ListUsersCommand({ PathPrefix: '/team/', MaxItems: 3, Marker: first.Marker }))
  assert.deepEqual(
    rest.Users?.map(({ UserName }) => UserName),
    ['dora'],
  )
  assert.equal(rest.IsTruncated, false)
  assert.equal(rest.Marker, undefined)
  await assert.rejects(iam.send(new ListUsersCommand({ Marker: '!' })), fault('ValidationError', 'Invalid Marker.'))
})

test('a renamed user keeps its keys and stays trusted under its new name', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'dev',
      AssumeRolePolicyDocument: trusting(`arn:aws:iam::${account}:user/ann`),
    }),
  )
  await iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'anna', NewPath: '/team/' }))
  const keys = await iam.send(new ListAccessKeysCommand({ UserName: 'anna' }))
  assert.equal(keys.AccessKeyMetadata?.[0]?.AccessKeyId, AccessKey?.AccessKeyId)
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'dev' }))
  assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /user\/team\/anna"/)
  await assert.rejects(iam.send(new GetUserCommand({ UserName: 'ann' })), fault('NoSuchEntity'))
})

test('a rename to a name that is taken is refused and changes nothing', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new CreateUserCommand({ UserName: 'bob' }))
  await assert.rejects(
    iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'Bob' })),
    fault('EntityAlreadyExists'),
  )
  await iam.send(new UpdateUserCommand({ UserName: 'ann', NewUserName: 'ANN' }))
  assert.equal((await iam.send(new GetUserCommand({ UserName: 'ann' }))).User?.UserName, 'ANN')
})

test('a user is deleted only once it is bare, and a role that trusted it trusts no namesake', async () => {
  const iam = stage().as(root)
  const { User } = await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: anyoneMay }))
  await iam.send(
    new CreateRoleCommand({
      RoleName: 'dev',
      AssumeRolePolicyDocument: trusting(`arn:aws:iam::${account}:user/ann`),
    }),
  )
  const remove = () => iam.send(new DeleteUserCommand({ UserName: 'ann' }))
  await assert.rejects(remove(), fault('DeleteConflict', 'Cannot delete entity, must delete policies first.'))
  await iam.send(new DeleteUserPolicyCommand({ UserName: 'ann', PolicyName: 'all' }))
  await assert.rejects(remove(), fault('DeleteConflict', 'Cannot delete entity, must delete access keys first.'))
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId: AccessKey?.AccessKeyId }))
  await remove()
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'dev' }))
  const trust = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '')
  assert.equal(JSON.parse(trust).Statement[0].Principal.AWS, User?.UserId)
})

test('to create a user with tags asks for both permissions, and tells the condition keys', async () => {
  const here = stage()
  await here.as(root).send(new CreateUserCommand({ UserName: 'ann', Tags: [{ Key: 'team', Value: 'x' }] }))
  const context = { 'aws:RequestTag/team': 'x', 'aws:TagKeys': ['team'] }
  assert.deepEqual(
    here.asked().map(({ action }) => action),
    ['iam:CreateUser', 'iam:TagUser'],
  )
  assert.deepEqual(here.asked()[0]?.context, context)
})
