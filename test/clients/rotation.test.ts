import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  UpdateStackCommand,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation'
import { DeleteAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { zipSync } from 'fflate'
import { rotationTemplate } from '../../cdk/test/rotation-template.ts'
import { until } from '../contracts/until.ts'
import { bench, root } from './clients.ts'

const stackName = { StackName: 'Rotation' }

/** An account in which the construct was deployed by CloudFormation, and looked at through the AWS SDK. */
async function deployed(t: TestContext) {
  const { sandbox, home } = await bench(t)
  const { endpoint, region, cloud } = sandbox
  const place = { endpoint, region, credentials: sandbox }
  const s3 = new S3Client({ ...place, forcePathStyle: true })
  const { body, assetKey } = rotationTemplate(join(home, 'out'))
  const index = readFileSync(join(root, 'cdk', 'dist', 'lambda', 'access-key-rotation', 'index.mjs'))
  await s3.send(new CreateBucketCommand({ Bucket: 'assets' }))
  await s3.send(new PutObjectCommand({ Bucket: 'assets', Key: assetKey, Body: zipSync({ 'index.mjs': index }) }))
  const cloudFormation = new CloudFormationClient(place)
  const waiting = { client: cloudFormation, maxWaitTime: 120, minDelay: 1, maxDelay: 1 }
  const Capabilities = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'] as const
  const sent = { ...stackName, Capabilities: [...Capabilities] }
  await cloudFormation.send(new CreateStackCommand({ ...sent, TemplateBody: body }))
  const { reason } = await waitUntilStackCreateComplete(waiting, stackName)
  const outputs: readonly { OutputKey: string; OutputValue: string }[] = reason.Stacks[0].Outputs
  const output = (key: string): string => outputs.find(({ OutputKey }) => OutputKey === key)?.OutputValue ?? ''
  const secrets = new SecretsManagerClient(place)
  const SecretId = output('Secret')
  const read = async (VersionStage: string): Promise<Record<string, string>> =>
    JSON.parse((await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage }))).SecretString ?? '')
  const stages = async (): Promise<Record<string, string[]>> =>
    (await secrets.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {}
  const keys = (): readonly string[] =>
    [...cloud.accessKeys.values()].flatMap(({ id, userName, status }) =>
      userName === 'backup' ? `${id} ${status}` : [],
    )
  return {
    ...{ sandbox, home, place, secrets, read, stages, keys, output, SecretId },
    current: async (): Promise<string> => (await read('AWSCURRENT')).aws_access_key_id ?? '',
    update: async (more: Readonly<Record<string, string>>): Promise<void> => {
      const { body: TemplateBody } = rotationTemplate(join(home, 'again'), more)
      await cloudFormation.send(new UpdateStackCommand({ ...sent, TemplateBody }))
      await waitUntilStackUpdateComplete(waiting, stackName)
    },
    destroy: async (): Promise<void> => {
      await cloudFormation.send(new DeleteStackCommand(stackName))
      await waitUntilStackDeleteComplete(waiting, stackName)
    },
    whoIs: async (stage: string): Promise<string> => {
      const { aws_access_key_id: accessKeyId = '', aws_secret_access_key: secretAccessKey = '' } = await read(stage)
      const sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
      return (await sts.send(new GetCallerIdentityCommand())).Arn ?? ''
    },
    /** Rotates, and waits for another key to be the current one. Gives its version. */
    rotate: async (): Promise<string> => {
      const { VersionId = '' } = await secrets.send(new RotateSecretCommand({ SecretId }))
      const isOver = async (): Promise<boolean | undefined> =>
        (await stages())[VersionId]?.includes('AWSCURRENT') &&
        keys().filter((key) => key.endsWith(' Active')).length === 1
      await until(isOver, 'a rotation that ends')
      return VersionId
    },
  }
}

const backup = 'arn:aws:iam::111122223333:user/backup'

test('the rotation that a template deploys makes, changes and removes keys, and a bad one costs nothing', async (t) => {
  const at = await deployed(t)

  await t.test('the first turn makes the first key by itself', async () => {
    await until(at.current, 'a first key')
    assert.equal(await at.whoIs('AWSCURRENT'), backup)
    assert.deepEqual(at.keys(), [`${await at.current()} Active`])
  })

  const first = await at.current()

  await t.test('another turn makes the old key inactive', async () => {
    const version = await at.rotate()
    const second = await at.current()
    assert.notEqual(second, first)
    assert.equal(await at.whoIs('AWSCURRENT'), backup)
    assert.deepEqual(at.keys(), [`${first} Inactive`, `${second} Active`])
    const stages = await at.stages()
    assert.ok(stages[version]?.includes('AWSCURRENT'))
    assert.equal((await at.read('AWSPREVIOUS')).aws_access_key_id, first)
    await assert.rejects(at.whoIs('AWSPREVIOUS'), { name: 'InvalidClientTokenId' })
  })

  await t.test('and the next, after its soak, deletes it', async () => {
    const second = await at.current()
    await sleep(2500)
    await at.rotate()
    assert.deepEqual(at.keys(), [`${second} Inactive`, `${await at.current()} Active`])
    assert.equal(await at.whoIs('AWSCURRENT'), backup)
  })

  await t.test(
    'a new key that AWS does not know as the user’s is taken back, and the current one works on',
    async () => {
      let asked = 0
      const stranger = createServer((_, response) => {
        asked += 1
        response.setHeader('content-type', 'text/xml')
        response.end(
          '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/other</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>',
        )
      }).listen(0, '127.0.0.1')
      t.after(() => stranger.close())
      await new Promise((resolve) => stranger.once('listening', resolve))
      const address = stranger.address()
      const port = typeof address === 'object' ? address?.port : ''
      await at.update({ AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${port}` })
      const before = await at.current()
      await sleep(2500)
      const { VersionId = '' } = await at.secrets.send(new RotateSecretCommand({ SecretId: at.SecretId }))
      const isCalledOff = async (): Promise<boolean> => asked > 0 && !(await at.stages())[VersionId]?.length
      await until(isCalledOff, 'a turn that is called off')
      assert.equal(await at.current(), before)
      assert.equal(await at.whoIs('AWSCURRENT'), backup)
      assert.deepEqual(at.keys(), [`${before} Active`])
    },
  )

  await t.test('once AWS knows it again, the next turn goes through', async () => {
    await at.update({})
    await at.rotate()
    assert.equal(await at.whoIs('AWSCURRENT'), backup)
  })

  await t.test('asked without a step, it measures the age of the keys for the alarm', async () => {
    const lambda = new LambdaClient(at.place)
    const FunctionName = at.output('Function')
    const line = await until(async () => {
      const { FunctionError, LogResult = '' } = await lambda.send(
        new InvokeCommand({ FunctionName, Payload: '{"source":"aws.events"}', LogType: 'Tail' }),
      )
      assert.equal(FunctionError, undefined)
      return /^\{"_aws".*$/m.exec(Buffer.from(LogResult, 'base64').toString())?.[0]
    }, 'a measured age')
    assert.deepEqual([JSON.parse(line).UserName, JSON.parse(line).AgeInDays], ['backup', 0])
  })

  await t.test('with its keys gone the stack goes, and leaves nothing', async () => {
    const iam = new IAMClient(at.place)
    for (const key of at.keys()) {
      const [AccessKeyId] = key.split(' ')
      await iam.send(new DeleteAccessKeyCommand({ UserName: 'backup', AccessKeyId }))
    }
    await at.destroy()
    const { cloud } = at.sandbox
    assert.deepEqual(
      [...cloud.users.values()].map(({ name }) => name),
      ['admin'],
    )
    assert.deepEqual(
      [...cloud.roles.values()].map(({ name }) => name),
      [],
    )
  })
})
