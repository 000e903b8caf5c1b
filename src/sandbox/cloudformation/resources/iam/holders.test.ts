import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from '../../../cloud.ts'
import { account } from '../../../stage.test.ts'
import type { Properties } from '../../resource-type.ts'
import { existing, refusedWith, resourceStage, typeOf } from '../stage.test.ts'

const allowing = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})
const readOnly = 'arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'
const full = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

test('a user is made with all it has, changed in place, and removed with what the stack gave it', async (t) => {
  const { cloud, at, iam } = await resourceStage(t)
  const type = typeOf('AWS::IAM::User')
  for (const GroupName of ['a', 'b']) await iam('CreateGroup', { GroupName })
  const first: Properties = {
    UserName: 'ann',
    Path: '/people/',
    Groups: ['a'],
    LoginProfile: { Password: 'Correct-horse-7-battery', PasswordResetRequired: true },
    ManagedPolicyArns: [readOnly],
    PermissionsBoundary: full,
    Policies: [{ PolicyName: 'list', PolicyDocument: allowing('s3:List*') }],
    Tags: [{ Key: 'kind', Value: 'person' }],
  }
  const made = await type.create(first, at)
  assert.deepEqual(made, { id: 'ann', attributes: { Arn: `arn:aws:iam::${account}:user/people/ann` } })
  const find = () => cloud.users.get(keyOf(account, 'ann'))
  const ann = find()
  assert.deepEqual([ann?.groups, ann?.attached, ann?.boundary], [['a'], [readOnly], full])
  assert.deepEqual([ann?.tags, Object.keys(ann?.inline ?? {})], [{ team: 'blue', kind: 'person' }, ['list']])
  assert.equal(ann?.login?.resetRequired, true)

  const second: Properties = {
    UserName: 'ann',
    Groups: ['b'],
    ManagedPolicyArns: [full],
    Policies: [{ PolicyName: 'get', PolicyDocument: allowing('s3:Get*') }],
    Tags: [{ Key: 'level', Value: 1 }],
  }
  const changed = await type.update(second, existing(made, first), at)
  assert.equal(changed.attributes.Arn, `arn:aws:iam::${account}:user/ann`)
  const after = find()
  assert.deepEqual(
    [after?.groups, after?.attached, after?.boundary, after?.login],
    [['b'], [full], undefined, undefined],
  )
  assert.deepEqual([after?.tags, Object.keys(after?.inline ?? {})], [{ team: 'blue', level: '1' }, ['get']])
  assert.deepEqual(type.replacedBy, ['UserName'])

  await type.remove(existing(changed, second), at)
  assert.equal(find(), undefined)
  await type.remove(existing(changed, second), at)
})

test('what others gave a user keeps it from being deleted', async (t) => {
  const { cloud, at, iam } = await resourceStage(t)
  const type = typeOf('AWS::IAM::User')
  const properties = { ManagedPolicyArns: [readOnly] }
  const made = await type.create(properties, at)
  await iam('AttachUserPolicy', { UserName: made.id, PolicyArn: full })
  const words = /^Cannot delete entity, must detach all policies first\.$/
  await refusedWith(type.remove(existing(made, properties), at), 'DeleteConflict', words)
  await iam('DetachUserPolicy', { UserName: made.id, PolicyArn: full })
  await type.remove(existing(made, properties), at)
  assert.equal(cloud.users.get(keyOf(account, made.id)), undefined)
})

test('nobody gets through a stack what they may not do, and a creation that fails leaves nothing', async (t) => {
  const { cloud, at, nobody, without, iam } = await resourceStage(t)
  const type = typeOf('AWS::IAM::User')
  await refusedWith(type.create({ UserName: 'eve' }, without(nobody)), 'AccessDenied', /iam:CreateUser/)
  const missing = 'arn:aws:iam::aws:policy/NoSuchPolicy'
  await refusedWith(type.create({ UserName: 'eve', ManagedPolicyArns: [readOnly, missing] }, at), 'NoSuchEntity')
  assert.equal(cloud.users.get(keyOf(account, 'eve')), undefined)
  await iam('CreateUser', { UserName: 'eve' })
  await refusedWith(
    type.create({ UserName: 'eve' }, at),
    'EntityAlreadyExists',
    /^User with name eve already exists\.$/,
  )
  assert.ok(cloud.users.get(keyOf(account, 'eve')), 'what was there before is left alone')
  const made = await type.create({ UserName: 'eve2' }, at)
  await refusedWith(type.remove(existing(made, {}), without(nobody)), 'AccessDenied')
})

test('properties that a type has not, or of another kind, are refused in the words of CloudFormation', async (t) => {
  const { at } = await resourceStage(t)
  const type = typeOf('AWS::IAM::User')
  const refused = (properties: Properties, words: RegExp) =>
    refusedWith(type.create(properties, at), 'ValidationError', words)
  await refused({ Name: 'x' }, /^Encountered unsupported property Name$/)
  await refused({ UserName: ['x'] }, /^Value of property UserName must be of type String$/)
  await refused({ Groups: 'x' }, /^Value of property Groups must be of type List of String$/)
  await refused({ LoginProfile: 'x' }, /^Value of property LoginProfile must be an object$/)
  await refused({ Policies: [{ PolicyName: 'x' }] }, /^Property PolicyDocument cannot be empty\.$/)
})

test('a group is made, changed in place and removed', async (t) => {
  const { cloud, at, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::Group')
  const first = { ManagedPolicyArns: [readOnly], Policies: [{ PolicyName: 'p', PolicyDocument: allowing('s3:Get*') }] }
  const made = await type.create(first, at)
  assert.equal(made.attributes.Arn, `arn:aws:iam::${account}:group/${made.id}`)
  const second = { Path: '/teams/' }
  const changed = await type.update(second, existing(made, first), at)
  const found = cloud.groups.get(keyOf(account, made.id))
  assert.deepEqual([found?.arn, found?.attached, found?.inline], [changed.attributes.Arn, [], {}])
  assert.deepEqual(type.replacedBy, ['GroupName'])
  await refusedWith(type.remove(existing(changed, second), without(nobody)), 'AccessDenied')
  await type.remove(existing(changed, second), at)
  assert.equal(cloud.groups.get(keyOf(account, made.id)), undefined)
})

test('a role is made with all it has, changed in place and removed', async (t) => {
  const { cloud, at, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::Role')
  const first = {
    AssumeRolePolicyDocument: trust,
    Description: 'one',
    MaxSessionDuration: '7200',
    ManagedPolicyArns: [readOnly],
    Policies: [{ PolicyName: 'p', PolicyDocument: allowing('s3:Get*') }],
    Tags: [{ Key: 'kind', Value: 'role' }],
  }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied', /iam:CreateRole/)
  const made = await type.create(first, at)
  const find = () => cloud.roles.get(keyOf(account, made.id))
  assert.deepEqual(made.attributes, { Arn: find()?.arn, RoleId: find()?.id })
  assert.equal(find()?.maxSessionDuration, 7200)
  const open = { ...trust, Statement: [{ ...trust.Statement[0], Principal: { AWS: account } }] }
  const second = { AssumeRolePolicyDocument: open, PermissionsBoundary: full }
  const changed = await type.update(second, existing(made, first), at)
  const { description, maxSessionDuration, attached, inline, boundary, tags, trust: text } = find() ?? {}
  assert.deepEqual([description, maxSessionDuration, attached, inline, boundary], ['', 3600, [], {}, full])
  assert.deepEqual([tags, JSON.parse(text ?? '')], [{ team: 'blue' }, open])
  assert.deepEqual(type.replacedBy, ['RoleName', 'Path'])
  await type.remove(existing(changed, second), at)
  assert.equal(find(), undefined)
})
