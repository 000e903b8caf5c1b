import assert from 'node:assert/strict'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient, DeleteStackCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation'
import { DeleteAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { authorityOf } from '../../src/sandbox/certificates/authority.ts'
import { until } from '../contracts/until.ts'
import { deployer, good } from './cdk.ts'
import { root } from './clients.ts'

test('the constructs for workloads are deployed by the CDK CLI with their assets, and work', async (t) => {
  const { sandbox, directory, door, cdk } = await deployer(t)
  const { endpoint, region, cloud } = sandbox
  const place = { endpoint, region, credentials: sandbox }
  const cloudFormation = new CloudFormationClient(place)
  cpSync(join(root, 'cdk', 'test', 'workloads-app.ts'), join(directory, 'bin', 'aws-cdk.ts'))
  writeFileSync(join(directory, 'metadata.xml'), await (await fetch(sandbox.samlMetadataUrl)).text())
  writeFileSync(join(directory, 'authority.pem'), (await authorityOf(cloud)).certificate)
  const roles = (): readonly string[] =>
    [...cloud.roles.values()].flatMap(({ name }) => (/^(?:cdk-|Workloads-)/.test(name) ? [] : [name])).sort()

  await t.test('two stacks, one of which uses what the other exports', async () => {
    good(await cdk('bootstrap'))
    good(await cdk('deploy', '--all', '--require-approval', 'never', '--outputs-file', 'outputs.json'))
    assert.deepEqual(roles(), ['ci', 'devices', 'machines', 'oidc', 'people', 'saml'])
  })

  await t.test('the function that was uploaded has made the first key', async () => {
    const { Secret: SecretId } = JSON.parse(readFileSync(join(directory, 'outputs.json'), 'utf8')).Workloads
    const secrets = new SecretsManagerClient(place)
    const key = async () => JSON.parse((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '')
    await until(async () => (await key()).aws_access_key_id, 'a first key')
    const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = await key()
    const sts = new STSClient({ ...place, credentials: { accessKeyId, secretAccessKey } })
    const { Arn } = await sts.send(new GetCallerIdentityCommand())
    assert.equal(Arn, `arn:aws:iam::${sandbox.accountId}:user/backup`)
  })

  await t.test('another deploy has nothing to do', async () => {
    const said = good(await cdk('deploy', '--all', '--require-approval', 'never'))
    assert.equal(said.match(/\(no changes\)/g)?.length, 2, said)
  })

  await t.test('what is in use elsewhere is not deleted', async () => {
    const Workloads = { StackName: 'Workloads' }
    await cloudFormation.send(new DeleteStackCommand(Workloads))
    const look = async () => (await cloudFormation.send(new DescribeStacksCommand(Workloads))).Stacks?.[0]
    let stack = await look()
    while (stack?.StackStatus === 'DELETE_IN_PROGRESS') {
      await sleep(50)
      stack = await look()
    }
    assert.equal(stack?.StackStatus, 'CREATE_COMPLETE')
    assert.match(
      stack?.StackStatusReason ?? '',
      /^Delete canceled\. Cannot delete export Workloads:\w+ as it is in use by Readers\.$/,
    )
  })

  await t.test('nor is a user with keys; without them all goes, but for what is to be retained', async () => {
    const stuck = await cdk('destroy', '--all', '--force')
    assert.notEqual(stuck.status, 0)
    assert.match(stuck.stdout + stuck.stderr, /must delete access keys first/)
    const iam = new IAMClient(place)
    for (const { id: AccessKeyId, userName: UserName } of [...cloud.accessKeys.values()])
      if (UserName === 'backup') await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
    good(await cdk('destroy', '--all', '--force'))
    assert.deepEqual(roles(), [])
    assert.deepEqual(
      [...cloud.users.values()].map(({ name }) => name),
      ['admin'],
    )
    assert.equal([...cloud.buckets.values()].filter(({ name }) => name.startsWith('workloads-reports')).length, 1)
  })

  await t.test('nobody but the sandbox was called', () => assert.equal(door.tried(), 0))
})
