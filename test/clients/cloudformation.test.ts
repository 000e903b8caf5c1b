import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { aws, type Bench, bench, boto3, type Ran, root, run } from './clients.ts'

const template = join(root, 'src', 'cli', 'setup', 'user.template.data.json')

/** Runs `aws cloudformation`. */
const cloudformation = (at: Bench, words: readonly string[], env = at.admin): Promise<Ran> =>
  run([aws.program, 'cloudformation', ...words, '--output', 'json'], env, at.home)

async function deploy(at: Bench, file: string, ...more: readonly string[]): Promise<Ran> {
  // The CLI names a change set after the second in which it makes it, and leaves one that has no changes.
  await sleep(1000 - (Date.now() % 1000))
  return cloudformation(at, [
    'deploy',
    '--stack-name',
    'ann',
    '--template-file',
    file,
    '--capabilities',
    'CAPABILITY_NAMED_IAM',
    // Version 1 of the CLI fails otherwise; version 2 does not.
    '--no-fail-on-empty-changeset',
    ...more,
  ])
}

async function answered(at: Bench, ...words: readonly string[]): Promise<Record<string, unknown>> {
  const ran = await cloudformation(at, words)
  assert.equal(ran.status, 0, ran.stderr)
  return ran.stdout.trim() === '' ? {} : JSON.parse(ran.stdout)
}

/** The reasons of the stack's failures, the first first. */
async function reasons(at: Bench): Promise<readonly string[]> {
  const { StackEvents } = await answered(at, 'describe-stack-events', '--stack-name', 'ann')
  assert.ok(Array.isArray(StackEvents))
  return StackEvents.filter(({ ResourceStatus }) => /_FAILED$/.test(ResourceStatus))
    .map(({ ResourceStatusReason }) => String(ResourceStatusReason))
    .reverse()
}

async function statusOf(at: Bench): Promise<string> {
  const { Stacks } = await answered(at, 'describe-stacks', '--stack-name', 'ann')
  assert.ok(Array.isArray(Stacks))
  return String(Stacks[0]?.StackStatus)
}

test('aws cloudformation deploy makes, leaves alone, changes and deletes the user of setup', {
  skip: aws.skip,
}, async (t) => {
  const at = await bench(t)
  const s3 = 'arn:aws:iam::aws:policy/AmazonS3FullAccess'
  const made = await deploy(at, template, '--parameter-overrides', 'UserName=ann', `ManagedPolicyArns=${s3}`)
  assert.equal(made.status, 0, made.stderr)
  assert.match(made.stdout, /Successfully created\/updated stack - ann/)
  const { Stacks } = await answered(at, 'describe-stacks', '--stack-name', 'ann')
  assert.ok(Array.isArray(Stacks))
  const outputs = new Map(
    Stacks[0].Outputs.map((one: { OutputKey: string; OutputValue: string }) => [one.OutputKey, one.OutputValue]),
  )
  assert.equal(outputs.get('UserArn'), `arn:aws:iam::${at.sandbox.accountId}:user/ann`)
  assert.match(String(outputs.get('AccessKeyId')), /^AKIA/)
  const same = await deploy(at, template, '--parameter-overrides', 'UserName=ann')
  assert.equal(same.status, 0, same.stderr)
  assert.match(same.stdout, /No changes to deploy\. Stack ann is up to date/)
  const changed = await deploy(at, template, '--parameter-overrides', 'ManagedPolicyArns=')
  assert.equal(changed.status, 0, changed.stderr)
  assert.equal(await statusOf(at), 'UPDATE_COMPLETE')
  await answered(at, 'delete-stack', '--stack-name', 'ann')
  await answered(at, 'wait', 'stack-delete-complete', '--stack-name', 'ann')
  const user = await run([aws.program, 'iam', 'get-user', '--user-name', 'ann'], at.admin, at.home)
  assert.match(user.stderr, /NoSuchEntity/)
})

test('a template goes through S3 when aws cloudformation deploy is given a bucket', { skip: aws.skip }, async (t) => {
  const at = await bench(t)
  const bucket = await run([aws.program, 's3', 'mb', 's3://templates'], at.admin, at.home)
  assert.equal(bucket.status, 0, bucket.stderr)
  const made = await deploy(at, template, '--parameter-overrides', 'UserName=ann', '--s3-bucket', 'templates')
  assert.equal(made.status, 0, made.stderr)
  assert.equal(await statusOf(at), 'CREATE_COMPLETE')
  const called = [...at.sandbox.cloud.calls.values()].find(({ operation }) => operation === 'CreateChangeSet')
  assert.match(JSON.stringify(called), /TemplateURL|templateURL/)
})

const failing: readonly (readonly [string, object, RegExp])[] = [
  [
    'a property that IAM refuses',
    { User: { Type: 'AWS::IAM::User', Properties: { UserName: 'no spaces, please' } } },
    /user ?name|userName/i,
  ],
  [
    'a policy that IAM refuses',
    {
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          AssumeRolePolicyDocument: {
            Version: '2012-10-17',
            Statement: [{ Effect: 'Perhaps', Principal: '*', Action: 'sts:AssumeRole' }],
          },
        },
      },
    },
    /MalformedPolicyDocument|Malformed|Syntax error/i,
  ],
]

for (const [what, Resources, reason] of failing)
  test(`${what} fails the stack, which rolls back and says why`, { skip: aws.skip }, async (t) => {
    const at = await bench(t)
    const before = { Before: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'before' } } }
    const [[id, resource] = ['', {}]] = Object.entries(Resources)
    const file = at.write(
      'failing.json',
      JSON.stringify({ Resources: { ...before, [id]: { ...resource, DependsOn: 'Before' } } }),
    )
    const ran = await deploy(at, file)
    assert.notEqual(ran.status, 0)
    assert.match(ran.stderr, /Failed to create\/update the stack/)
    assert.equal(await statusOf(at), 'ROLLBACK_COMPLETE')
    assert.match((await reasons(at))[0] ?? '', reason)
    const group = await run([aws.program, 'iam', 'get-group', '--group-name', 'before'], at.admin, at.home)
    assert.match(group.stderr, /NoSuchEntity/)
  })

test('a type that is not supported fails with its name, and nothing is left', { skip: aws.skip }, async (t) => {
  const at = await bench(t)
  const Resources = {
    Group: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'before' } },
    Site: { Type: 'AWS::Amplify::App', Properties: { Name: 'site' }, DependsOn: 'Group' },
  }
  const ran = await deploy(at, at.write('unsupported.json', JSON.stringify({ Resources })))
  assert.notEqual(ran.status, 0)
  const told = ran.stderr + (await reasons(at).catch(() => [])).join('\n')
  assert.match(told, /AWS::Amplify::App/)
  const group = await run([aws.program, 'iam', 'get-group', '--group-name', 'before'], at.admin, at.home)
  assert.match(group.stderr, /NoSuchEntity/)
})

test('a caller who may use CloudFormation and not IAM gets no user through it', { skip: aws.skip }, async (t) => {
  const at = await bench(t)
  const iam = async (...words: readonly string[]): Promise<Record<string, unknown>> => {
    const ran = await run([aws.program, 'iam', ...words, '--output', 'json'], at.admin, at.home)
    assert.equal(ran.status, 0, ran.stderr)
    return ran.stdout.trim() === '' ? {} : JSON.parse(ran.stdout)
  }
  const allow = (Action: readonly string[]): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })
  await iam('create-user', '--user-name', 'builder')
  const put = (...actions: readonly string[]): Promise<unknown> =>
    iam('put-user-policy', '--user-name', 'builder', '--policy-name', 'all', '--policy-document', allow(actions))
  await put('cloudformation:*')
  const { AccessKey } = await iam('create-access-key', '--user-name', 'builder')
  assert.ok(typeof AccessKey === 'object' && AccessKey !== null)
  const key: Record<string, unknown> = { ...AccessKey }
  const builder = {
    ...at.nobody,
    AWS_ACCESS_KEY_ID: String(key.AccessKeyId),
    AWS_SECRET_ACCESS_KEY: String(key.SecretAccessKey),
  }
  const file = at.write('user.json', JSON.stringify({ Resources: { User: { Type: 'AWS::IAM::User' } } }))
  const words = ['deploy', '--stack-name', 'ann', '--template-file', file, '--capabilities', 'CAPABILITY_IAM']
  const refused = await cloudformation(at, words, builder)
  assert.notEqual(refused.status, 0)
  assert.match((await reasons(at))[0] ?? '', /user\/builder is not authorized to perform: iam:CreateUser/)
  await answered(at, 'delete-stack', '--stack-name', 'ann')
  await answered(at, 'wait', 'stack-delete-complete', '--stack-name', 'ann')
  await put('cloudformation:*', 'iam:*')
  const allowed = await cloudformation(at, words, builder)
  assert.equal(allowed.status, 0, allowed.stderr)
})

test('boto3 drives the user of setup, and finds every answer in the shape it knows', {
  skip: boto3.skip,
}, async (t) => {
  const at = await bench(t)
  const script = join(import.meta.dirname, 'python', 'cloudformation.py')
  const ran = await run([boto3.program, script, template], at.admin, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.equal(ran.stdout.trim(), 'ok')
})
