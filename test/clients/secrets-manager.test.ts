import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  AddPermissionCommand,
  CreateFunctionCommand,
  InvokeCommand,
  LambdaClient,
  waitUntilFunctionActiveV2,
} from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { strToU8, zipSync } from 'fflate'
import { until } from '../contracts/until.ts'
import { bench, boto3, run } from './clients.ts'

const rotating = `
const { SecretsManagerClient, GetSecretValueCommand, PutSecretValueCommand, DescribeSecretCommand,
  UpdateSecretVersionStageCommand } = require('@aws-sdk/client-secrets-manager')
exports.handler = async ({ Step, SecretId, ClientRequestToken: token }) => {
  const secrets = new SecretsManagerClient({})
  if (Step === 'createSecret') {
    await assertMissing(() => secrets.send(new GetSecretValueCommand({ SecretId, VersionId: token, VersionStage: 'AWSPENDING' })))
    await secrets.send(new PutSecretValueCommand({ SecretId, ClientRequestToken: token, SecretString: 'new', VersionStages: ['AWSPENDING'] }))
  }
  if (Step === 'testSecret') {
    const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPENDING' }))
    if (process.env.FAIL) throw new Error('the new value does not work: ' + SecretString.length)
  }
  if (Step === 'finishSecret') {
    const { VersionIdsToStages } = await secrets.send(new DescribeSecretCommand({ SecretId }))
    const [current] = Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes('AWSCURRENT'))
    await secrets.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: token, RemoveFromVersionId: current }))
  }
}
async function assertMissing(get) {
  try { await get() } catch (error) { if (error.name === 'ResourceNotFoundException') return; throw error }
  throw new Error('a value is there already')
}`

async function stage(t: TestContext) {
  const at = await bench(t)
  const { endpoint, region, accessKeyId, secretAccessKey } = at.sandbox
  const options = { endpoint, region, credentials: { accessKeyId, secretAccessKey } }
  const [secrets, lambda, iam] = [new SecretsManagerClient(options), new LambdaClient(options), new IAMClient(options)]
  const document = (statement: object): string => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: 'rotator',
      AssumeRolePolicyDocument: document({
        ...{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      }),
    }),
  )
  await iam.send(
    new PutRolePolicyCommand({
      ...{ RoleName: 'rotator', PolicyName: 'rotate' },
      PolicyDocument: document({ Effect: 'Allow', Action: 'secretsmanager:*', Resource: '*' }),
    }),
  )
  const addFunction = async (name: string, code: string, variables: Record<string, string> = {}): Promise<string> => {
    const { FunctionArn = '' } = await lambda.send(
      new CreateFunctionCommand({
        ...{ FunctionName: name, Runtime: 'nodejs24.x', Handler: 'index.handler', Role: Role?.Arn, Timeout: 20 },
        Code: { ZipFile: zipSync({ 'index.js': strToU8(code) }) },
        Environment: { Variables: variables },
      }),
    )
    await waitUntilFunctionActiveV2({ client: lambda, maxWaitTime: 120 }, { FunctionName: name })
    return FunctionArn
  }
  const permit = (FunctionName: string) =>
    lambda.send(
      new AddPermissionCommand({
        ...{ FunctionName, StatementId: 'secrets', Action: 'lambda:InvokeFunction' },
        Principal: 'secretsmanager.amazonaws.com',
      }),
    )
  const described = (SecretId: string) => secrets.send(new DescribeSecretCommand({ SecretId }))
  return { at, iam, secrets, lambda, addFunction, permit, described }
}

test('a rotation runs its function through the four steps, and the new value is current', async (t) => {
  const { secrets, addFunction, permit, described } = await stage(t)
  const { ARN: SecretId = '', VersionId: first = '' } = await secrets.send(
    new CreateSecretCommand({ Name: 'database', SecretString: 'old' }),
  )
  const RotationLambdaARN = await addFunction('rotate', rotating)
  const rotate = new RotateSecretCommand({ SecretId, RotationLambdaARN, RotationRules: { AutomaticallyAfterDays: 30 } })
  await assert.rejects(secrets.send(rotate), { name: 'AccessDeniedException' })
  await permit('rotate')
  const { VersionId: second = '' } = await secrets.send(rotate)
  await until(async () => (await described(SecretId)).LastRotatedDate !== undefined, 'the rotation')
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: 'database' }))
  assert.equal(SecretString, 'new')
  const after = await described(SecretId)
  assert.deepEqual(after.VersionIdsToStages, { [first]: ['AWSPREVIOUS'], [second]: ['AWSCURRENT'] })
  assert.ok(after.NextRotationDate && after.NextRotationDate > new Date())
})

test('whoever may rotate a secret has no function run that they may not invoke themselves', async (t) => {
  const { at, iam, addFunction, permit } = await stage(t)
  const functionArn = await addFunction('rotate', rotating)
  await permit('rotate')
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ann' }))
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
  const may = (...Action: readonly string[]) =>
    iam.send(
      new PutUserPolicyCommand({
        ...{ UserName: 'ann', PolicyName: 'may' },
        PolicyDocument: JSON.stringify({
          Version: '2012-10-17',
          Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
        }),
      }),
    )
  const { endpoint, region } = at.sandbox
  const secrets = new SecretsManagerClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  await may('secretsmanager:*')
  const { ARN: SecretId = '' } = await secrets.send(new CreateSecretCommand({ Name: 'own', SecretString: 'old' }))
  const asked = { SecretId, RotationLambdaARN: functionArn, RotationRules: { AutomaticallyAfterDays: 30 } }
  await assert.rejects(secrets.send(new RotateSecretCommand(asked)), {
    name: 'AccessDeniedException',
    message: /lambda:InvokeFunction/,
  })
  await may('secretsmanager:*', 'lambda:InvokeFunction')
  assert.ok((await secrets.send(new RotateSecretCommand(asked))).VersionId)
})

test('a rotation whose test fails leaves AWSPENDING behind, and no other can begin', async (t) => {
  const { secrets, addFunction, permit, described } = await stage(t)
  const { ARN: SecretId = '' } = await secrets.send(new CreateSecretCommand({ Name: 'database', SecretString: 'old' }))
  const RotationLambdaARN = await addFunction('rotate', rotating, { FAIL: 'yes' })
  await permit('rotate')
  const rotate = { SecretId, RotationLambdaARN, RotationRules: { ScheduleExpression: 'rate(10 days)' } }
  const { VersionId: second = '' } = await secrets.send(new RotateSecretCommand(rotate))
  await until(async () => {
    try {
      await secrets.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSPENDING' }))
      return true
    } catch {
      return false
    }
  }, 'a version that waits')
  await new Promise((resolve) => setTimeout(resolve, 800))
  const { VersionIdsToStages = {}, LastRotatedDate } = await described(SecretId)
  assert.deepEqual(VersionIdsToStages[second], ['AWSPENDING'])
  assert.equal(LastRotatedDate, undefined)
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId }))
  assert.equal(SecretString, 'old')
  await assert.rejects(secrets.send(new RotateSecretCommand(rotate)), {
    name: 'InvalidRequestException',
    message: "A previous rotation isn't complete. That rotation will be reattempted.",
  })
})

test('a deleted secret is not read, and comes back whole; no trail has its value', async (t) => {
  const { at, secrets } = await stage(t)
  await secrets.send(new CreateSecretCommand({ Name: 'a/b', SecretString: 'kept' }))
  await assert.rejects(secrets.send(new DeleteSecretCommand({ SecretId: 'a/b', RecoveryWindowInDays: 6 })), {
    name: 'InvalidParameterException',
  })
  await secrets.send(new DeleteSecretCommand({ SecretId: 'a/b', RecoveryWindowInDays: 7 }))
  await assert.rejects(secrets.send(new GetSecretValueCommand({ SecretId: 'a/b' })), {
    name: 'InvalidRequestException',
  })
  await secrets.send(new RestoreSecretCommand({ SecretId: 'a/b' }))
  assert.equal((await secrets.send(new GetSecretValueCommand({ SecretId: 'a/b' }))).SecretString, 'kept')
  const told = JSON.stringify([...at.sandbox.cloud.calls.values()])
  assert.ok(told.includes('CreateSecret') && !told.includes('kept'))
})

test('a function answers, fails and times out as Lambda says it', async (t) => {
  const { lambda, addFunction } = await stage(t)
  await addFunction(
    'echo',
    `exports.handler = async (event, context) => {
      console.log('hello', context.functionName)
      if (event.fail) throw new TypeError('no')
      return { got: event, region: process.env.AWS_REGION, home: process.env.SHELL ?? null }
    }`,
  )
  const invoke = async (event: object) => {
    const answer = await lambda.send(
      new InvokeCommand({ FunctionName: 'echo', Payload: JSON.stringify(event), LogType: 'Tail' }),
    )
    const payload = JSON.parse(Buffer.from(answer.Payload ?? []).toString())
    return { error: answer.FunctionError, payload, log: Buffer.from(answer.LogResult ?? '', 'base64').toString() }
  }
  const good = await invoke({ a: 1 })
  assert.deepEqual(good.payload, { got: { a: 1 }, region: 'us-east-1', home: null })
  assert.equal(good.error, undefined)
  assert.match(good.log, /INFO\thello echo\n/)
  const bad = await invoke({ fail: true })
  assert.equal(bad.error, 'Unhandled')
  assert.deepEqual([bad.payload.errorType, bad.payload.errorMessage], ['TypeError', 'no'])
})

test('boto3 keeps and rotates secrets', { skip: boto3.skip }, async (t) => {
  const at = await bench(t)
  const ran = await run([boto3.program, join(import.meta.dirname, 'python', 'secrets_manager.py')], at.admin, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(ran.stdout.trim(), 'ok')
})
