import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { account, anyoneMay, callerNamed, fault, roleCaller, root, stage } from './stage.test.ts'

async function withUsers(...names: string[]) {
  const here = stage()
  const iam = here.as(root)
  for (const UserName of names) {
    await iam.send(new CreateUserCommand({ UserName }))
    await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: anyoneMay }))
  }
  return { here, iam }
}

test('a key has a secret of forty characters, told once, and a user has two keys at most', async () => {
  const { iam } = await withUsers('ann')
  const create = async () => (await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))).AccessKey
  const first = await create()
  assert.match(first?.AccessKeyId ?? '', /^AKIA[A-Z2-7]{16}$/)
  assert.match(first?.SecretAccessKey ?? '', /^[A-Za-z0-9+/]{40}$/)
  await create()
  await assert.rejects(create(), fault('LimitExceeded', 'Cannot exceed quota for AccessKeysPerUser: 2'))
  await iam.send(new DeleteAccessKeyCommand({ UserName: 'ann', AccessKeyId: first?.AccessKeyId }))
  await create()
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'ann' }))
  assert.equal(AccessKeyMetadata?.length, 2)
  assert.ok(AccessKeyMetadata?.every((key) => !('SecretAccessKey' in key)))
})

test('without a name, a user means its own keys, and root those of root', async () => {
  const { here, iam } = await withUsers('ann', 'root')
  const { AccessKey } = await here.as(callerNamed('ann')).send(new CreateAccessKeyCommand({}))
  assert.equal(AccessKey?.UserName, 'ann')
  await iam.send(new CreateAccessKeyCommand({ UserName: 'root' }))
  assert.equal((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata?.length, 0)
  await iam.send(new CreateAccessKeyCommand({}))
  assert.equal((await iam.send(new ListAccessKeysCommand({}))).AccessKeyMetadata?.length, 1)
  await assert.rejects(
    here.as(roleCaller).send(new ListAccessKeysCommand({})),
    fault('ValidationError', 'Must specify userName when calling with non-User credentials'),
  )
})

test('a key is changed and deleted under the name of its own user only', async () => {
  const { iam } = await withUsers('ann', 'bob')
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const AccessKeyId = AccessKey?.AccessKeyId
  const missing = fault('NoSuchEntity', `The Access Key with id ${AccessKeyId} cannot be found.`)
  await assert.rejects(iam.send(new DeleteAccessKeyCommand({ UserName: 'bob', AccessKeyId })), missing)
  await assert.rejects(
    iam.send(new UpdateAccessKeyCommand({ UserName: 'bob', AccessKeyId, Status: 'Inactive' })),
    missing,
  )
  await iam.send(new UpdateAccessKeyCommand({ UserName: 'ann', AccessKeyId, Status: 'Inactive' }))
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: 'ann' }))
  assert.equal(AccessKeyMetadata?.[0]?.Status, 'Inactive')
  await assert.rejects(
    iam.send(new UpdateAccessKeyCommand({ UserName: 'ann', AccessKeyId, Status: 'Expired' })),
    fault('ValidationError'),
  )
})

test('the last use of a key is N/A until there is one, and no business of other accounts', async () => {
  const { here, iam } = await withUsers('ann')
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const ask = () => iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: AccessKey?.AccessKeyId }))
  const never = await ask()
  assert.equal(never.UserName, 'ann')
  assert.deepEqual(never.AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' })
  const key = here.cloud.accessKeys.get(AccessKey?.AccessKeyId ?? '')
  assert.ok(key)
  const at = '2026-11-21T09:00:00.000Z'
  here.cloud.accessKeys.put(key.id, { ...key, lastUsed: { at, region: 'us-east-1', service: 's3' } })
  const used = await ask()
  assert.deepEqual(used.AccessKeyLastUsed?.LastUsedDate, new Date(at))
  const foreign = { ...root, accountId: '999988887777', arn: 'arn:aws:iam::999988887777:root' }
  await assert.rejects(
    here.as(foreign).send(new GetAccessKeyLastUsedCommand({ AccessKeyId: key.id })),
    fault('NoSuchEntity'),
  )
})

test('a user may be held to its own keys', async () => {
  const { here, iam } = await withUsers('ann', 'bob')
  const own = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: 'iam:*AccessKey*', Resource: `arn:aws:iam::*:user/\${aws:username}` },
  })
  await iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName: 'all', PolicyDocument: own }))
  const ann = here.as(callerNamed('ann'))
  await ann.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  await assert.rejects(
    ann.send(new CreateAccessKeyCommand({ UserName: 'bob' })),
    fault(
      'AccessDenied',
      `User: arn:aws:iam::${account}:user/ann is not authorized to perform: iam:CreateAccessKey on resource: arn:aws:iam::${account}:user/bob because no identity-based policy allows the iam:CreateAccessKey action`,
    ),
  )
})
