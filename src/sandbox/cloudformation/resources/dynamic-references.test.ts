import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parametersOf } from '../../ssm/state.ts'
import { named, setCloudFormationStage, template } from '../stage.test.ts'
import { resolveDynamic } from './dynamic-references.ts'

const secret = JSON.stringify({ user: 'ann', password: 'correct horse', tries: 3 })

/** Someone who knows one secret and the parameter /known, and notes what they are asked. */
function knowing(asked: object[] = []) {
  const invoke = async (service: string, _operation: string, input: object) => {
    asked.push(input)
    return service === 'ssm' ? { Parameter: { Value: 'known' } } : { SecretString: secret }
  }
  return { asked, inner: { invoke } }
}

test('references are looked up wherever they stand in a text, a list or a map', async () => {
  const { asked, inner } = knowing()
  const value = {
    Url: 'db://{{resolve:secretsmanager:db:SecretString:user}}:{{resolve:secretsmanager:db:SecretString:password}}@x',
    List: ['{{resolve:ssm:/known:3}}', 'plain'],
    Tries: '{{resolve:secretsmanager:db:SecretString:tries}}',
    Whole: '{{resolve:secretsmanager:db}}',
  }
  assert.deepEqual(await resolveDynamic(value, inner), {
    Url: 'db://ann:correct horse@x',
    List: ['known', 'plain'],
    Tries: '3',
    Whole: secret,
  })
  assert.deepEqual(asked.at(-1), { SecretId: 'db' })
  assert.deepEqual(
    asked.find((one) => 'Name' in one),
    { Name: '/known:3', WithDecryption: false },
  )
})

test('a secret is named by its ARN, a stage and a version as well', async () => {
  const { asked, inner } = knowing()
  const arn = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf'
  await resolveDynamic(`{{resolve:secretsmanager:${arn}:SecretString:user:AWSPREVIOUS}}`, inner)
  await resolveDynamic('{{resolve:secretsmanager:db:SecretString:user::v1}}', inner)
  assert.deepEqual(asked, [
    { SecretId: arn, VersionStage: 'AWSPREVIOUS' },
    { SecretId: 'db', VersionId: 'v1' },
  ])
  await assert.rejects(
    resolveDynamic('{{resolve:secretsmanager:db:SecretString:pin}}', inner),
    /Could not find a value/,
  )
  await assert.rejects(resolveDynamic('{{resolve:secretsmanager:db:SecretBinary}}', inner), /Incorrect format is used/)
})

async function stack(t: Parameters<typeof setCloudFormationStage>[0]) {
  const stage = await setCloudFormationStage(t)
  const { call, rest, told } = stage
  const body = (value: string) => ({
    StackName: 's',
    TemplateBody: template({
      P: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/p', Type: 'String', Value: value } },
    }),
    ...named,
  })
  const make = (value: string) => call({ Action: 'CreateStack', ...body(value) })
  const failure = async (value: string) => {
    assert.equal((await make(value)).status, 200)
    assert.equal(await rest('s'), 'ROLLBACK_COMPLETE')
    return (await told('s')).find((line) => line.startsWith('P CREATE_FAILED '))
  }
  return { ...stage, make, failure }
}

test('a parameter that is not there refuses the template before anything is made', async (t) => {
  const { sandbox, make } = await stack(t)
  for (const reference of ['ssm:/none', 'ssm:/none:2', 'ssm-secure:/none'])
    assert.equal((await make(`{{resolve:${reference}}}`)).message, `Parameters: [${reference}] cannot be found.`)
  assert.ok(![...sandbox.cloud.calls.values()].some(({ operation }) => operation === 'PutParameter'))
})

test('a secret that is not there fails the resource that needs it, and is told as its own service says it', async (t) => {
  const { failure } = await stack(t)
  assert.match(
    (await failure('{{resolve:secretsmanager:none}}')) ?? '',
    /^P CREATE_FAILED Secrets Manager can't find the specified secret\. \(Service: SecretsManager, Status Code: 400, Request ID: [-\w]+\)$/,
  )
})

test('what a reference stands for is told nowhere', async (t) => {
  const { done, make, rest } = await stack(t)
  await done({
    Action: 'CreateStack',
    StackName: 'secrets',
    TemplateBody: template({
      S: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'db', SecretString: secret } },
    }),
  })
  assert.equal(await rest('secrets'), 'CREATE_COMPLETE')
  await make('{{resolve:secretsmanager:db:SecretString:password}}')
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const events = await done({ Action: 'DescribeStackEvents', StackName: 's' })
  assert.match(events.text, /\{\{resolve:secretsmanager:db:SecretString:password\}\}/)
  assert.ok(!events.text.includes('correct horse'))
})

test('a rollback writes what a reference stands for, not the reference', async (t) => {
  const { sandbox, done, make, rest } = await stack(t)
  const known = { Type: 'AWS::SSM::Parameter', Properties: { Name: '/known', Type: 'String', Value: 'looked up' } }
  await done({ Action: 'CreateStack', StackName: 'known', TemplateBody: template({ known }) })
  assert.equal(await rest('known'), 'CREATE_COMPLETE')
  await make('{{resolve:ssm:/known}}')
  assert.equal(await rest('s'), 'CREATE_COMPLETE')
  const value = () =>
    [...parametersOf(sandbox.cloud).values()].find(({ name }) => name === '/p')?.versions.at(-1)?.value
  assert.equal(value(), 'looked up')
  const P = { Type: 'AWS::SSM::Parameter', Properties: { Name: '/p', Type: 'String', Value: 'other' } }
  const Taken = { Type: 'AWS::IAM::User', Properties: { UserName: 'admin' }, DependsOn: 'P' }
  await done({ Action: 'UpdateStack', StackName: 's', TemplateBody: template({ P, Taken }), ...named })
  assert.equal(await rest('s'), 'UPDATE_ROLLBACK_COMPLETE')
  assert.equal(value(), 'looked up')
})

test('a refusal that repeats a secret is told without it', async (t) => {
  const { done, rest, told } = await stack(t)
  const long = 'x'.repeat(70)
  await done({
    Action: 'CreateStack',
    StackName: 'secrets',
    TemplateBody: template({
      S: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'long', SecretString: long } },
    }),
  })
  assert.equal(await rest('secrets'), 'CREATE_COMPLETE')
  const User = { Type: 'AWS::IAM::User', Properties: { UserName: '{{resolve:secretsmanager:long}}' } }
  await done({ Action: 'CreateStack', StackName: 's', TemplateBody: template({ User }), ...named })
  assert.equal(await rest('s'), 'ROLLBACK_COMPLETE')
  const failed = (await told('s')).find((line) => line.startsWith('User CREATE_FAILED ')) ?? ''
  assert.match(failed, /'\*\*\*\*' at 'userName' failed to satisfy constraint/)
  assert.ok(!failed.includes(long))
})
