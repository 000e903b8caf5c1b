import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromIni } from '@aws-sdk/credential-providers'
import { fromMayfly } from '../../src/index.ts'
import { type Ann, ann } from '../journeys/ann.ts'
import { aws, boto3, mayfly, run } from './clients.ts'

/** Ann logged in, and a profile for tools that get their credentials from Mayfly. */
async function loggedIn(...[t]: Parameters<typeof ann>): Promise<Ann> {
  const her = await ann(t)
  her.write(
    '.aws/config',
    `${her.read('.aws/config')}
[profile tools]
region = us-east-1
endpoint_url = ${her.sandbox.endpoint}
credential_process = ${mayfly} creds reader --no-input
`,
  )
  assert.equal((await her.mayfly('keys', 'import', 'ann')).status, 0)
  assert.equal((await her.mayfly('login', 'ann', '--mfa-code', her.code())).status, 0)
  return her
}

const isReader = /:assumed-role\/reader\//

test('the AWS CLI gets its credentials from Mayfly as a credential_process', { skip: aws.skip }, async (t) => {
  const her = await loggedIn(t)
  const words = [aws.program, 'sts', 'get-caller-identity', '--profile', 'tools', '--output', 'json']
  const ran = await run(words, her.env, her.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(JSON.parse(ran.stdout).Arn, isReader)
})

test('the AWS CLI gets its credentials from mayfly exec', { skip: aws.skip }, async (t) => {
  const her = await loggedIn(t)
  const ran = await her.mayfly('exec', 'reader', '--', aws.program, 's3api', 'list-buckets', '--output', 'json')
  assert.equal(ran.status, 0, ran.stderr)
  const denied = await her.mayfly('exec', 'reader', '--', aws.program, 's3', 'mb', 's3://crate')
  assert.match(denied.stderr, /AccessDenied/)
})

test('boto3 gets its credentials from Mayfly, and asks once for several calls', { skip: boto3.skip }, async (t) => {
  const her = await loggedIn(t)
  const script = join(import.meta.dirname, 'python', 'profile.py')
  const ran = await run([boto3.program, script, 'tools'], { ...her.env, AWS_EC2_METADATA_DISABLED: 'true' }, her.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stdout, isReader)
  assert.equal(her.calls('AssumeRole'), 1)
})

test('a tool that is given nothing says why, with what to type', { skip: aws.skip }, async (t) => {
  const her = await loggedIn(t)
  assert.equal((await her.mayfly('logout', '--all')).status, 0)
  const ran = await run([aws.program, 'sts', 'get-caller-identity', '--profile', 'tools'], her.env, her.home)
  assert.notEqual(ran.status, 0)
  assert.match(ran.stderr, /--mfa-code|mayfly login/)
})

test('the AWS SDK for JavaScript gets its credentials from Mayfly, in process and as a credential_process', async (t) => {
  const her = await loggedIn(t)
  const { endpoint, region } = her.sandbox
  const direct = fromMayfly({ profile: 'reader', env: her.env, input: false })
  const who = await new STSClient({ endpoint, region, credentials: direct }).send(new GetCallerIdentityCommand())
  assert.match(String(who.Arn), isReader)
  const s3 = new S3Client({ endpoint, region, credentials: direct, forcePathStyle: true })
  assert.deepEqual((await s3.send(new ListBucketsCommand())).Buckets ?? [], [])
  for (const name of ['HOME', 'MAYFLY_HOME', 'AWS_CONFIG_FILE'] as const) {
    const before = process.env[name]
    process.env[name] = name === 'AWS_CONFIG_FILE' ? join(her.home, '.aws', 'config') : her.env[name]
    t.after(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
  const indirect = fromIni({
    profile: 'tools',
    configFilepath: join(her.home, '.aws', 'config'),
    filepath: '/dev/null',
  })
  const again = await new STSClient({ endpoint, region, credentials: indirect }).send(new GetCallerIdentityCommand())
  assert.match(String(again.Arn), isReader)
})
