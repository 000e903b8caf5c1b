import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { authorizer } from './authorize.ts'
import { Fault } from './fault.ts'
import { openInside } from './inside.ts'
import type { Caller } from './service.ts'
import { services } from './services.ts'
import { account, ask, setStage } from './stage.test.ts'

async function stage(t: TestContext) {
  const set = await setStage(t)
  const { cloud, endpoint } = set.sandbox
  const faults: string[] = []
  const inside = openInside({
    cloud,
    endpoint: () => endpoint,
    authorize: authorizer(),
    services,
    log: (line) => faults.push(line),
  })
  const admin: Caller = {
    kind: 'user',
    accountId: account,
    arn: `arn:aws:iam::${account}:user/admin`,
    userId: 'AIDAEXAMPLE',
    accessKeyId: set.sandbox.accessKeyId,
    userName: 'admin',
  }
  return { ...set, cloud, inside, admin, faults }
}

test('a service calls another in the name of its caller, and the trail says through whom', async (t) => {
  const { cloud, inside, admin } = await stage(t)
  const inner = inside.as(admin, 'cloudformation.amazonaws.com')
  const made = await inner.invoke('iam', 'CreateUser', { UserName: 'ann' })
  assert.equal((made.User as { UserName: string }).UserName, 'ann')
  await inner.request('s3', { method: 'PUT', target: '/a-bucket' })
  assert.ok(cloud.buckets.get('a-bucket'))
  const told = [...cloud.calls.values()].find(({ operation }) => operation === 'CreateUser')
  assert.ok(told)
  assert.equal((told.detail.userIdentity as { invokedBy: string }).invokedBy, 'cloudformation.amazonaws.com')
  assert.equal(told.detail.sourceIPAddress, 'cloudformation.amazonaws.com')
})

test('it may no more than its caller, and conditions see that it called', async (t) => {
  const set = await stage(t)
  const { inside, admin, cloud } = set
  const bob: Caller = { ...admin, arn: `arn:aws:iam::${account}:user/bob`, userName: 'bob' }
  const root = inside.as(admin, 'cloudformation.amazonaws.com')
  await root.invoke('iam', 'CreateUser', { UserName: 'bob' })
  const inner = inside.as(bob, 'cloudformation.amazonaws.com')
  await assert.rejects(
    inner.invoke('iam', 'CreateUser', { UserName: 'x' }),
    (error) => error instanceof Fault && error.code === 'AccessDenied',
  )
  assert.equal([...cloud.calls.values()].at(-1)?.errorCode, 'AccessDenied')
  const viaOnly = {
    Effect: 'Allow',
    Action: 'iam:CreateUser',
    Resource: '*',
    Condition: { Bool: { 'aws:ViaAWSService': 'true' } },
  }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [viaOnly] })
  await root.invoke('iam', 'PutUserPolicy', { UserName: 'bob', PolicyName: 'via', PolicyDocument })
  await inner.invoke('iam', 'CreateUser', { UserName: 'x' })
  const key = await root.invoke('iam', 'CreateAccessKey', { UserName: 'bob' })
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey } = key.AccessKey as Record<string, string>
  const direct = await ask(
    set,
    { accessKeyId: String(accessKeyId), secretAccessKey: String(secretAccessKey) },
    { Action: 'CreateUser', UserName: 'y' },
    { service: 'iam' },
  )
  assert.equal(direct.code, 'AccessDenied')
})

test('work in the background ends before the sandbox does, and its faults are told', async (t) => {
  const { inside, faults } = await stage(t)
  const done: string[] = []
  inside.background(async () => {
    done.push('one')
    inside.background(async () => {
      done.push('two')
      throw new Error('broken')
    })
  })
  assert.deepEqual(done, [])
  await inside.idle()
  assert.deepEqual(done, ['one', 'two'])
  assert.match(faults.join(), /broken/)
})

test('an operation of a service that is not here is asked for, done and told like any other', async (t) => {
  const { inside, admin, cloud } = await stage(t)
  const by = 'cloudformation.amazonaws.com'
  const permission = { action: 'ecr:CreateRepository', resource: `arn:aws:ecr:us-east-1:${account}:repository/a` }
  const made = (store: typeof cloud.store) => store.table('images').put('a', {})
  const nobody: Caller = { ...admin, arn: `arn:aws:iam::${account}:user/nobody`, userName: 'nobody' }
  const last = () => [...cloud.calls.values()].at(-1)
  assert.throws(
    () => inside.as(nobody, by).permit('ecr', 'CreateRepository', permission, made),
    (error) => error instanceof Fault && error.code === 'AccessDenied',
  )
  assert.equal(cloud.store.table('images').size, 0)
  assert.deepEqual([last()?.operation, last()?.errorCode], ['CreateRepository', 'AccessDenied'])
  inside.as(admin, by).permit('ecr', 'CreateRepository', permission, made)
  assert.equal(cloud.store.table('images').size, 1)
  assert.deepEqual([last()?.detail.eventSource, last()?.errorCode], ['ecr.amazonaws.com', undefined])
  const refuse = () => {
    throw new Fault('RepositoryAlreadyExistsException', 400, 'There is one.')
  }
  assert.throws(() => inside.as(admin, by).permit('ecr', 'CreateRepository', permission, refuse), /There is one/)
  assert.equal(last()?.errorCode, 'RepositoryAlreadyExistsException')
})
