import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { GetFederationTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { follow } from '../page.ts'
import { deployer, exampleIn, good } from './cdk.ts'
import { aws, mayfly, type Ran, run } from './clients.ts'

const named = (error: unknown, name: string): boolean => error instanceof Error && error.name === name

test('the example is deployed, changed and destroyed by the CDK CLI, and its user can do nothing without MFA', async (t) => {
  const { sandbox, home, directory, door, nobody, cdk } = await deployer(t)
  const { endpoint, region, cloud } = sandbox
  const stack = join(directory, 'lib', 'user-stack.ts')
  const people = (): string[] => [...cloud.users.values()].flatMap(({ name }) => (name === 'admin' ? [] : [name]))
  const userAnn = () => [...cloud.users.values()].find(({ name }) => name === 'ann')

  await t.test('bootstrap makes what the default synthesizer deploys with', async () => {
    good(await cdk('bootstrap'))
    assert.match(good(await cdk('bootstrap')), /no changes/)
  })

  await t.test('deploy goes through the roles of the bootstrap', async () => {
    good(await cdk('deploy', '--require-approval', 'never', '--outputs-file', 'outputs.json'))
    assert.deepEqual(people(), ['ann'])
    const made = [...cloud.calls.values()].find(({ operation }) => operation === 'CreateUser')
    assert.match(JSON.stringify(made), /cdk-hnb659fds-cfn-exec-role/)
  })

  await t.test('diff sees nothing to do, and then what was changed', async () => {
    assert.match(good(await cdk('diff', '--fail')), /no differences/i)
    const changed = readFileSync(stack, 'utf8').replace("userName: 'ann',", "userName: 'ann', tags: { team: 'ops' },")
    writeFileSync(stack, changed.replace('AmazonS3FullAccess', 'AmazonS3ReadOnlyAccess'))
    const ran = await cdk('diff', '--fail')
    assert.equal(ran.status, 1, ran.stdout + ran.stderr)
    assert.match(ran.stdout + ran.stderr, /AmazonS3ReadOnlyAccess/)
  })

  await t.test('another deploy changes the user in place', async () => {
    const before = userAnn()
    good(await cdk('deploy', '--require-approval', 'never'))
    const after = userAnn()
    assert.equal(after?.id, before?.id)
    assert.deepEqual(after?.tags, { team: 'ops' })
    const [group] = cloud.groups.values()
    assert.deepEqual(group?.attached, ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'])
    writeFileSync(stack, readFileSync(stack, 'utf8').replace('AmazonS3ReadOnlyAccess', 'AmazonS3FullAccess'))
    good(await cdk('deploy', '--require-approval', 'never'))
  })

  const place = { endpoint, region }
  const outputs = JSON.parse(readFileSync(join(directory, 'outputs.json'), 'utf8')).AwsCdkStack
  const secrets = new SecretsManagerClient({ ...place, credentials: sandbox })
  const { SecretString = '' } = await secrets.send(new GetSecretValueCommand({ SecretId: outputs.KeySecret }))
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = JSON.parse(SecretString)
  const key = { accessKeyId, secretAccessKey }

  await t.test('the key opens nothing by itself', async () => {
    const s3 = new S3Client({ ...place, credentials: key })
    await assert.rejects(s3.send(new ListBucketsCommand()), (error) => named(error, 'AccessDenied'))
    const hers = new SecretsManagerClient({ ...place, credentials: key })
    const asked = hers.send(new GetSecretValueCommand({ SecretId: outputs.KeySecret }))
    await assert.rejects(asked, (error) => named(error, 'AccessDeniedException'))
  })

  const env = { ...nobody, MAYFLY_CONTROL: sandbox.controlToken }
  const hers = (...words: string[]): Promise<Ran> => run([mayfly, ...words], env, directory)

  await t.test('with exactly its rights mayfly enrols a device and opens a session', async () => {
    mkdirSync(join(directory, '.sandbox'))
    const file = `[ann]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`
    writeFileSync(join(home, '.aws', 'credentials'), file, { mode: 0o600 })
    good(await hers('keys', 'import', 'ann'))
    const phone = `"${process.execPath}" '${join(directory, 'phone.mjs')}'`
    good(await hers('mfa', 'enroll', 'ann', '--mfa-process', phone))
    writeFileSync(
      join(home, '.aws', 'config'),
      `${readFileSync(join(home, '.aws', 'config'), 'utf8')}mfa_process = ${phone}\n`,
    )
    good(await hers('login', 'ann'))
  })

  await t.test('the session with MFA writes and reads S3', async () => {
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse((await hers('creds', 'ann')).stdout)
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    const s3 = new S3Client({ ...place, credentials })
    await s3.send(new CreateBucketCommand({ Bucket: 'reports' }))
    await s3.send(new PutObjectCommand({ Bucket: 'reports', Key: 'november', Body: 'up' }))
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'reports', Key: 'november' }))
    assert.equal(await Body?.transformToString(), 'up')
  })

  await t.test('GetFederationToken, which knows no MFA, stays denied', async () => {
    const sts = new STSClient({ ...place, credentials: key })
    await assert.rejects(sts.send(new GetFederationTokenCommand({ Name: 'around' })), (error) => {
      assert.match(String(error), /explicit deny/)
      return named(error, 'AccessDenied')
    })
  })

  await t.test('destroy leaves nothing', async () => {
    assert.ok(cloud.mfaDevices.delete(`arn:aws:iam::${sandbox.accountId}:mfa/ann`))
    good(await cdk('destroy', '--force'))
    assert.deepEqual(people(), [])
    assert.equal(cloud.groups.size, 0)
    assert.equal(cloud.accessKeys.get(accessKeyId), undefined)
    await assert.rejects(secrets.send(new GetSecretValueCommand({ SecretId: outputs.KeySecret })), (error) =>
      named(error, 'ResourceNotFoundException'),
    )
  })

  await t.test('nobody but the sandbox was called', () => assert.equal(door.tried(), 0))
})

test('every command of the example does what its README says', { skip: aws.skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-example-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  await follow(t, 'examples/aws-cdk/README.md', exampleIn(directory))
})
