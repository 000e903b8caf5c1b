import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromTokenFile, fromWebToken } from '@aws-sdk/credential-providers'
import { addWebRole, mintOn } from '../contracts/web-identity.ts'
import { aws, type Bench, bench, boto3, mayfly, run } from './clients.ts'

/** A bench with a role for pods, a token in a file (newline and all), and profiles over it. */
async function webBench(t: TestContext): Promise<Bench & { readonly roleArn: string; readonly token: string }> {
  const at = await bench(t)
  const { sandbox } = at
  const roleArn = addWebRole({ sandbox, role: (name) => `arn:aws:iam::${sandbox.accountId}:role/${name}` })
  const token = at.write('token', `${await mintOn(at)}\n`)
  for (const [name, flaw] of [
    ['expired', 'expired'],
    ['forged', 'forged-signature'],
  ] as const)
    at.write(name, await mintOn(at, { flaw }))
  at.write(
    '.aws/config',
    `[profile pod]
role_arn = ${roleArn}
web_identity_token_file = ${token}
[profile fed]
credential_process = ${mayfly} creds pod
`,
  )
  return { ...at, roleArn, token }
}

const isPod = /:assumed-role\/web\//

test('boto3 trades the file of a profile for a session, and knows the refusals by name', {
  skip: boto3.skip,
}, async (t) => {
  const at = await webBench(t)
  const script = join(import.meta.dirname, 'python', 'web_identity.py')
  const ran = await run([boto3.program, script, at.roleArn], at.nobody, at.home)
  assert.equal(ran.status, 0, ran.stderr)
  assert.match(ran.stdout, isPod)
})

test('the AWS CLI trades the file of a profile, and of the environment, newline and all', {
  skip: aws.skip,
}, async (t) => {
  const at = await webBench(t)
  const words = [aws.program, 'sts', 'get-caller-identity', '--output', 'json']
  const byProfile = await run([...words, '--profile', 'pod'], at.nobody, at.home)
  assert.match(byProfile.stdout, isPod, byProfile.stderr)
  const env = {
    ...at.nobody,
    AWS_WEB_IDENTITY_TOKEN_FILE: at.token,
    AWS_ROLE_ARN: at.roleArn,
    AWS_ROLE_SESSION_NAME: 'job',
  }
  const byEnvironment = await run(words, env, at.home)
  assert.match(byEnvironment.stdout, /:assumed-role\/web\/job"/, byEnvironment.stderr)
})

test('the AWS CLI manages providers', { skip: aws.skip }, async (t) => {
  const at = await webBench(t)
  const iam = (...words: string[]) => run([aws.program, 'iam', ...words, '--output', 'json'], at.admin, at.home)
  const created = await iam(
    'create-open-id-connect-provider',
    '--url',
    'https://idp.example',
    '--client-id-list',
    'a',
    'b',
  )
  const arn: string = JSON.parse(created.stdout).OpenIDConnectProviderArn
  const got = await iam('get-open-id-connect-provider', '--open-id-connect-provider-arn', arn)
  assert.deepEqual(JSON.parse(got.stdout).ClientIDList, ['a', 'b'])
  const listed = await iam('list-open-id-connect-providers')
  assert.ok(JSON.parse(listed.stdout).OpenIDConnectProviderList.some((each: { Arn: string }) => each.Arn === arn))
  assert.equal((await iam('delete-open-id-connect-provider', '--open-id-connect-provider-arn', arn)).status, 0)
})

test('the SDK for JavaScript trades a token, and a file', async (t) => {
  const at = await webBench(t)
  const { endpoint, region } = at.sandbox
  const clientConfig = { endpoint, region }
  const who = async (credentials: NonNullable<ConstructorParameters<typeof STSClient>[0]>['credentials']) =>
    (
      await new STSClient({ ...clientConfig, ...(credentials ? { credentials } : {}) }).send(
        new GetCallerIdentityCommand({}),
      )
    ).Arn ?? ''
  const { roleArn, token } = at
  const webIdentityToken = readFileSync(token, 'utf8')
  assert.match(await who(fromWebToken({ roleArn, webIdentityToken, clientConfig })), isPod)
  assert.match(await who(fromTokenFile({ roleArn, webIdentityTokenFile: token, clientConfig })), isPod)
})

test('Mayfly trades the same profile, and feeds the AWS CLI and boto3', { skip: aws.skip || boto3.skip }, async (t) => {
  const at = await webBench(t)
  const words = [aws.program, 'sts', 'get-caller-identity', '--output', 'json']
  const executed = await run([mayfly, 'exec', 'pod', '--', ...words], at.nobody, at.home)
  assert.match(executed.stdout, /:assumed-role\/web\/mayfly-system-serviceaccount-default-app-\d+"/, executed.stderr)
  const processed = await run([...words, '--profile', 'fed'], at.nobody, at.home)
  assert.match(processed.stdout, isPod, processed.stderr)
  const script = join(import.meta.dirname, 'python', 'profile.py')
  const ran = await run([boto3.program, script, 'fed'], at.nobody, at.home)
  assert.match(ran.stdout, isPod, ran.stderr)
})
