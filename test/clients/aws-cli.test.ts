import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { totpAt } from '../../src/sandbox/mfa.ts'
import { aws, type Bench, bench, type Ran, run } from './clients.ts'

const skip = aws.skip
const object = (text: string): Record<string, unknown> => JSON.parse(text)

/** Runs the AWS CLI and gives what it answered; `with` replaces the administrator's environment. */
async function cli(at: Bench, line: string | readonly string[], env = at.admin): Promise<Ran> {
  const words = typeof line === 'string' ? line.split(' ') : line
  return run([aws.program, ...words, '--output', 'json'], env, at.home)
}

async function answered(at: Bench, line: string | readonly string[], env = at.admin): Promise<Record<string, unknown>> {
  const ran = await cli(at, line, env)
  assert.equal(ran.status, 0, `${line}: ${ran.stderr}`)
  return ran.stdout.trim() === '' ? {} : object(ran.stdout)
}

async function refused(at: Bench, line: string | readonly string[], code: string, env = at.admin): Promise<string> {
  const ran = await cli(at, line, env)
  assert.notEqual(ran.status, 0, `${line} was to be refused`)
  assert.match(ran.stderr, new RegExp(`\\(${code}\\)`), String(line))
  return ran.stderr
}

const keyOf = (env: NodeJS.ProcessEnv, key: Record<string, unknown>): NodeJS.ProcessEnv => ({
  ...env,
  AWS_ACCESS_KEY_ID: String(key.AccessKeyId),
  AWS_SECRET_ACCESS_KEY: String(key.SecretAccessKey),
  ...(key.SessionToken ? { AWS_SESSION_TOKEN: String(key.SessionToken) } : {}),
})

const record = (value: unknown): Record<string, unknown> => {
  assert.ok(typeof value === 'object' && value !== null)
  return { ...value }
}

test('the AWS CLI learns who it is, and that a wrong secret is nobody', { skip }, async (t) => {
  const at = await bench(t)
  const who = await answered(at, 'sts get-caller-identity')
  assert.equal(who.Account, at.sandbox.accountId)
  assert.equal(who.Arn, `arn:aws:iam::${at.sandbox.accountId}:user/admin`)
  const wrong = { ...at.admin, AWS_SECRET_ACCESS_KEY: 'wrong' }
  assert.match(await refused(at, 'sts get-caller-identity', 'SignatureDoesNotMatch', wrong), /signature we calculated/)
  const unknown = { ...at.admin, AWS_ACCESS_KEY_ID: 'AKIAQQQQQQQQQQQQQQQQ' }
  assert.match(
    await refused(at, 'sts get-caller-identity', 'InvalidClientTokenId', unknown),
    /security token .* invalid/,
  )
  await refused(at, 's3api list-buckets', 'InvalidAccessKeyId', unknown)
})

test('a user, a key, an MFA device, a session: each as the AWS CLI expects it', { skip }, async (t) => {
  const at = await bench(t)
  await answered(at, 'iam create-user --user-name ann')
  await answered(at, 'iam attach-user-policy --user-name ann --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess')
  const key = record((await answered(at, 'iam create-access-key --user-name ann')).AccessKey)
  const ann = keyOf(at.nobody, key)
  const seedFile = join(at.home, 'seed')
  const created = await answered(
    at,
    `iam create-virtual-mfa-device --virtual-mfa-device-name ann --outfile ${seedFile} --bootstrap-method Base32StringSeed`,
  )
  const serial = String(record(created.VirtualMFADevice).SerialNumber)
  const seed = readFileSync(seedFile, 'utf8')
  assert.match(seed, /^[A-Z2-7]{32,}$/)
  const step = Math.floor(Date.now() / 30_000)
  const enable = ['iam', 'enable-mfa-device', '--user-name', 'ann', '--serial-number', serial]
  const codes = (first: number, second: number): string[] => [
    '--authentication-code1',
    totpAt(seed, first),
    '--authentication-code2',
    totpAt(seed, second),
  ]
  await refused(at, [...enable, ...codes(step - 500, step - 499)], 'InvalidAuthenticationCode')
  await answered(at, [...enable, ...codes(step - 1, step)])
  const session = ['sts', 'get-session-token', '--serial-number', serial, '--token-code']
  assert.match(
    await refused(at, [...session, totpAt(seed, step)], 'AccessDenied', ann),
    /invalid MFA one time pass code/,
  )
  const issued = record((await answered(at, [...session, totpAt(seed, step + 1)], ann)).Credentials)
  assert.match(String(issued.AccessKeyId), /^ASIA/)
  const withMfa = keyOf(at.nobody, issued)
  assert.equal(
    (await answered(at, 'sts get-caller-identity', withMfa)).Arn,
    `arn:aws:iam::${at.sandbox.accountId}:user/ann`,
  )
  await answered(at, 'iam list-users', withMfa)
  await refused(at, 'sts get-session-token', 'AccessDenied', withMfa)
  const bare = keyOf(at.nobody, record((await answered(at, 'sts get-session-token', ann)).Credentials))
  await refused(at, 'iam list-users', 'InvalidClientTokenId', bare)
  await answered(at, 's3api list-buckets', bare)
})

test('a role profile of the AWS CLI works through the sandbox, and an external id is checked', { skip }, async (t) => {
  const at = await bench(t)
  const account = at.sandbox.accountId
  const trust = at.write(
    'trust.json',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${account}:root` },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': 'open sesame'.replace(' ', '-') } },
        },
      ],
    }),
  )
  await answered(at, `iam create-role --role-name dev --assume-role-policy-document file://${trust}`)
  const role = `role_arn = arn:aws:iam::${account}:role/dev\nsource_profile = base\n`
  at.write(
    '.aws/credentials',
    `[base]\naws_access_key_id = ${at.sandbox.accessKeyId}\naws_secret_access_key = ${at.sandbox.secretAccessKey}\n`,
  )
  at.write(
    '.aws/config',
    `[profile dev]\n${role}external_id = open-sesame\nrole_session_name = ann\n\n[profile wrong]\n${role}external_id = other\n`,
  )
  const who = await answered(at, 'sts get-caller-identity --profile dev', at.nobody)
  assert.equal(who.Arn, `arn:aws:sts::${account}:assumed-role/dev/ann`)
  const text = await refused(at, 'sts get-caller-identity --profile wrong', 'AccessDenied', at.nobody)
  assert.match(text, /is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::\d+:role\/dev/)
})

test('aws s3 copies, lists, syncs, presigns and removes', { skip }, async (t) => {
  const at = await bench(t)
  await answered(at, 's3api create-bucket --bucket box')
  const plain = (line: string): Promise<Ran> => run([aws.program, ...line.split(' ')], at.admin, at.home)
  const done = async (line: string): Promise<string> => {
    const ran = await plain(line)
    assert.equal(ran.status, 0, `${line}: ${ran.stderr}`)
    return ran.stdout
  }
  at.write('small.txt', 'hello\n')
  at.write('large.bin', 'x'.repeat(20 * 1024 * 1024))
  await done('s3 cp small.txt s3://box/a/ü~+.txt')
  await done('s3 cp large.bin s3://box/large.bin')
  assert.match(await done('s3 ls s3://box --recursive'), /20971520 large\.bin/)
  assert.equal(await done('s3 cp s3://box/a/ü~+.txt -'), 'hello\n')
  await done('s3 cp s3://box/large.bin back.bin')
  assert.equal(readFileSync(join(at.home, 'back.bin')).length, 20 * 1024 * 1024)
  await done('s3 sync s3://box copied')
  const url = (await done('s3 presign s3://box/a/ü~+.txt')).trim()
  assert.equal(await (await fetch(url)).text(), 'hello\n')
  assert.equal((await fetch(url.replace('box/a', 'box/b'))).status, 403)
  assert.match((await plain('s3 rb s3://box')).stderr, /BucketNotEmpty/)
  await done('s3 rb s3://box --force')
})

test('CloudTrail tells what happened, with who and with what session', { skip }, async (t) => {
  const at = await bench(t)
  await answered(at, 'iam create-user --user-name ann')
  const found = await answered(
    at,
    'cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=CreateUser',
  )
  assert.ok(Array.isArray(found.Events))
  const event = object(String(record(found.Events[0]).CloudTrailEvent))
  assert.equal(event.eventName, 'CreateUser')
  assert.deepEqual(event.requestParameters, { userName: 'ann' })
  assert.equal(record(event.userIdentity).type, 'IAMUser')
})

test('the credential report and the policy simulator read as the AWS CLI reads them', { skip }, async (t) => {
  const at = await bench(t)
  await answered(at, 'iam generate-credential-report')
  const report = await answered(at, 'iam get-credential-report')
  assert.match(Buffer.from(String(report.Content), 'base64').toString(), /^user,arn,user_creation_time,/)
  const admin = `arn:aws:iam::${at.sandbox.accountId}:user/admin`
  const simulated = await answered(
    at,
    `iam simulate-principal-policy --policy-source-arn ${admin} --action-names s3:GetObject`,
  )
  assert.ok(Array.isArray(simulated.EvaluationResults))
  assert.equal(record(simulated.EvaluationResults[0]).EvalDecision, 'allowed')
})
