import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from '../../../cloud.ts'
import { account } from '../../../stage.test.ts'
import { existing, refusedWith, resourceStage, typeOf } from '../stage.test.ts'

const allowing = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})

test('a policy is written into everyone it names, follows them, and leaves them', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::Policy')
  for (const UserName of ['ann', 'bob']) await iam('CreateUser', { UserName })
  await iam('CreateGroup', { GroupName: 'crew' })
  const inlineOf = (name: string) => Object.keys(cloud.users.get(keyOf(account, name))?.inline ?? {})
  const crew = () => Object.keys(cloud.groups.get(keyOf(account, 'crew'))?.inline ?? {})
  const first = { PolicyName: 'one', PolicyDocument: allowing('s3:Get*'), Users: ['ann'], Groups: ['crew'] }
  const nowhere = { PolicyName: 'one', PolicyDocument: allowing('s3:Get*') }
  await refusedWith(
    type.create(nowhere, at),
    'ValidationError',
    /^At least one of \[Groups,Roles,Users\] must be non-empty\.$/,
  )
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
  await refusedWith(type.create({ ...first, Groups: ['none'] }, at), 'NoSuchEntity')
  assert.deepEqual(inlineOf('ann'), [], 'half a policy is none')
  const made = await type.create(first, at)
  assert.deepEqual([inlineOf('ann'), crew()], [['one'], ['one']])
  const second = { PolicyName: 'two', PolicyDocument: allowing('s3:List*'), Users: ['ann', 'bob'] }
  await type.update(second, existing(made, first), at)
  assert.deepEqual([inlineOf('ann'), inlineOf('bob'), crew()], [['two'], ['two'], []])
  await iam('DeleteUserPolicy', { UserName: 'bob', PolicyName: 'two' })
  await type.remove(existing(made, second), at)
  assert.deepEqual([inlineOf('ann'), inlineOf('bob')], [[], []])
})

test('policies of one holder each are named after both', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  await iam('CreateUser', { UserName: 'ann' })
  await iam('CreateGroup', { GroupName: 'ann' })
  const AssumeRolePolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' }],
  })
  await iam('CreateRole', { RoleName: 'ann', AssumeRolePolicyDocument })
  for (const [word, table] of [
    ['User', cloud.users],
    ['Group', cloud.groups],
    ['Role', cloud.roles],
  ] as const) {
    const type = typeOf(`AWS::IAM::${word}Policy`)
    const inline = () => table.get(keyOf(account, 'ann'))?.inline ?? {}
    const first = { PolicyName: 'p', [`${word}Name`]: 'ann', PolicyDocument: allowing('s3:Get*') }
    await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
    const made = await type.create(first, at)
    assert.equal(made.id, 'p|ann')
    const second = { ...first, PolicyDocument: allowing('s3:List*') }
    await type.update(second, existing(made, first), at)
    assert.equal(inline().p, JSON.stringify(second.PolicyDocument))
    assert.deepEqual(type.replacedBy, ['PolicyName', `${word}Name`])
    await type.remove(existing(made, second), at)
    assert.deepEqual(inline(), {})
  }
})

test('a managed policy gets a version a change, never more than five, and goes with all of them', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::ManagedPolicy')
  for (const UserName of ['ann', 'bob']) await iam('CreateUser', { UserName })
  const first = { ManagedPolicyName: 'm', PolicyDocument: allowing('s3:Get0'), Users: ['ann'] }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied', /iam:CreatePolicy/)
  let made = await type.create(first, at)
  const arn = `arn:aws:iam::${account}:policy/m`
  assert.deepEqual([made.id, made.attributes.PolicyArn, made.attributes.DefaultVersionId], [arn, arn, 'v1'])
  let before = first
  for (let n = 1; n <= 6; n += 1) {
    const next = { ...first, PolicyDocument: allowing(`s3:Get${n}`), Users: n % 2 ? ['bob'] : ['ann'] }
    made = await type.update(next, existing(made, before), at)
    before = next
  }
  const found = cloud.policies.get(arn)
  assert.deepEqual([found?.defaultVersion, found?.versions.length, made.attributes.DefaultVersionId], ['v7', 5, 'v7'])
  assert.deepEqual(cloud.users.get(keyOf(account, 'ann'))?.attached, [arn])
  assert.deepEqual(cloud.users.get(keyOf(account, 'bob'))?.attached, [])
  await iam('AttachUserPolicy', { UserName: 'bob', PolicyArn: arn })
  await refusedWith(type.remove(existing(made, before), at), 'DeleteConflict')
  await iam('DetachUserPolicy', { UserName: 'bob', PolicyArn: arn })
  await type.remove(existing(made, before), at)
  assert.equal(cloud.policies.get(arn), undefined)
  await type.remove(existing(made, before), at)
})
