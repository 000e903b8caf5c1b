import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromContainerMetadata, fromHttp, fromIni, fromInstanceMetadata } from '@aws-sdk/credential-providers'
import { nodeVault } from '../../src/host/node-host.ts'
import { fromMayfly } from '../../src/index.ts'
import { authorityOf } from '../../src/sandbox/certificates/authority.ts'
import { keyOf } from '../../src/sandbox/cloud.ts'
import { storeKey } from '../../src/sources/stored-keys.ts'
import { aws, type Bench, bench, boto3, mayfly, run } from './clients.ts'

const script = (name: string): string => join(import.meta.dirname, 'python', name)
const curlSkip = (await run(['curl', '--version'], process.env)).status === 0 ? false : 'no curl here'

const document = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] })

/** A role that machines and containers may have, and both have it. */
async function withMachine({
  sandbox,
}: Bench): Promise<{ readonly machine: NodeJS.ProcessEnv; readonly task: NodeJS.ProcessEnv }> {
  const { cloud, accountId, controlToken, endpoint } = sandbox
  const createdAt = cloud.now().toISOString()
  const common = { accountId, name: 'worker', path: '/', createdAt, tags: {} }
  const Service = ['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com']
  cloud.roles.put(keyOf(accountId, 'worker'), {
    ...{ ...common, id: 'AROAWORKER', arn: `arn:aws:iam::${accountId}:role/worker`, maxSessionDuration: 3600 },
    ...{ attached: [], inline: { all: document({ Action: ['s3:*', 'sts:*'], Resource: '*' }) } },
    trust: document({ Principal: { Service }, Action: 'sts:AssumeRole' }),
  })
  const arn = `arn:aws:iam::${accountId}:instance-profile/worker`
  cloud.instanceProfiles.put(keyOf(accountId, 'worker'), { ...common, id: 'AIPAWORKER', arn, roles: ['worker'] })
  for (const [path, body] of [
    ['instance', { instanceProfileName: 'worker' }],
    ['task', { roleName: 'worker' }],
  ] as const) {
    const headers = { Authorization: `Bearer ${controlToken}` }
    const answer = await fetch(`${endpoint}/_mayfly/${path}`, { method: 'PUT', headers, body: JSON.stringify(body) })
    assert.equal(answer.status, 200)
  }
  return {
    machine: { AWS_EC2_METADATA_DISABLED: 'false', AWS_EC2_METADATA_SERVICE_ENDPOINT: sandbox.imdsEndpoint },
    task: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: sandbox.containerCredentialsUri,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: sandbox.containerAuthorizationToken,
    },
  }
}

const isWorker = /:assumed-role\/worker\//

/** A device that boto3 set up, with its files and a profile in the home directory. */
async function withDevice(b: Bench): Promise<string> {
  const made = await run([boto3.program, script('device.py')], b.admin)
  assert.equal(made.status, 0, made.stderr)
  const { endpoint, certificate, key } = JSON.parse(made.stdout)
  const { certificate: authority } = await authorityOf(b.sandbox.cloud)
  for (const [name, text] of Object.entries({ certificate, key, authority })) b.write(`${name}.pem`, text)
  return endpoint
}

/** Sets variables of this process for as long as the test runs: SDKs in it read no others. */
function inThisProcess(t: TestContext, variables: NodeJS.ProcessEnv): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name]
    process.env[name] = value
    t.after(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
}

test("boto3's own providers get credentials from the sandbox's machine and container", {
  skip: boto3.skip,
}, async (t) => {
  const b = await bench(t)
  const { machine, task } = await withMachine(b)
  for (const [method, env] of [
    ['iam-role', machine],
    ['container-role', task],
  ] as const) {
    const ran = await run([boto3.program, script('at_hand.py')], { ...b.nobody, ...env })
    assert.equal(ran.status, 0, ran.stderr)
    assert.match(ran.stdout, new RegExp(`^${method} arn:.*${isWorker.source}`))
  }
})

test("the AWS SDK for JavaScript's own providers get credentials from them", async (t) => {
  const b = await bench(t)
  const { machine, task } = await withMachine(b)
  const { endpoint, region, containerCredentialsUri: url, containerAuthorizationToken: token } = b.sandbox
  inThisProcess(t, { ...machine, ...task })
  for (const credentials of [
    fromInstanceMetadata(),
    fromContainerMetadata(),
    fromHttp({ awsContainerCredentialsFullUri: url, awsContainerAuthorizationToken: token }),
  ]) {
    const who = await new STSClient({ endpoint, region, credentials }).send(new GetCallerIdentityCommand())
    assert.match(String(who.Arn), isWorker)
  }
})

test('curl gets credentials with the certificate of a device, and a reason without', {
  skip: boto3.skip || curlSkip,
}, async (t) => {
  const b = await bench(t)
  const endpoint = await withDevice(b)
  const port = endpoint.split(':')[1] ?? ''
  const ask = (...more: string[]) =>
    run(
      [
        'curl',
        '-sS',
        '-w',
        '\n%{http_code} %header{x-amzn-errortype}',
        '--cacert',
        join(b.home, 'authority.pem'),
        ...more,
      ],
      b.nobody,
    )
  const own = ['--cert', join(b.home, 'certificate.pem'), '--key', join(b.home, 'key.pem')]
  const url = `https://${endpoint}/role-aliases/lamp/credentials`
  const granted = await ask(...own, '-H', 'x-amzn-iot-thingname: lamp', url)
  const [body = '', status] = granted.stdout.split('\n')
  assert.equal(status?.trim(), '200', granted.stderr)
  assert.deepEqual(Object.keys(JSON.parse(body).credentials), [
    'accessKeyId',
    'secretAccessKey',
    'sessionToken',
    'expiration',
  ])

  const connected = await ask(...own, '--connect-to', `device.invalid:443:127.0.0.1:${port}`, 'https://device.invalid/')
  assert.notEqual(connected.status, 0, 'a wrong server name ends the handshake')
  const pointed = await ask(...own, '--connect-to', `${endpoint}:127.0.0.1:${port}`, url)
  assert.match(pointed.stdout, /\n200/)
  assert.match((await ask(url)).stdout, /Certificate is invalid on this endpoint"}\n403 AccessDeniedException/)
  const other = await ask(...own, '-H', 'x-amzn-iot-thingname: other', url)
  assert.equal(other.stdout, '{"message":"Invalid thing name passed"}\n403 AccessDeniedException')
})

const kinds = {
  device: /:assumed-role\/lamp\/[0-9a-f]{64}$/,
  guest: /:federated-user\/guest$/,
  task: isWorker,
  machine: isWorker,
  here: isWorker,
  above: /:assumed-role\/worker\/mayfly-/,
} as const

/** A home with a profile of each kind, and one beside it that has its credentials from Mayfly. */
async function withProfiles(t: TestContext): Promise<Bench & { readonly env: NodeJS.ProcessEnv }> {
  const b = await bench(t)
  const { machine, task } = await withMachine(b)
  const endpoint = await withDevice(b)
  const { accessKeyId, secretAccessKey, cloud, accountId } = b.sandbox
  const vault = nodeVault(b.nobody, () => assert.fail())
  await storeKey(vault, { accessKeyId, secretAccessKey }, { importedAt: cloud.now() })
  const role = cloud.roles.get(keyOf(accountId, 'worker'))
  assert.ok(role)
  const trust = JSON.parse(role.trust)
  trust.Statement.push({ Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' })
  cloud.roles.put(keyOf(accountId, 'worker'), { ...role, trust: JSON.stringify(trust) })
  const sections = `
[profile device]
mayfly_iot_endpoint = ${endpoint}
mayfly_iot_role_alias = lamp
mayfly_iot_thing = lamp
mayfly_certificate = ../certificate.pem
mayfly_private_key = ../key.pem
mayfly_ca_bundle = ../authority.pem
[profile guest]
mayfly_key = ${accessKeyId}
mayfly_federation_name = guest
mayfly_policy_arns = arn:aws:iam::aws:policy/ReadOnlyAccess
[profile task]
mayfly_source = container
[profile machine]
mayfly_source = imds
[profile here]
mayfly_source = environment
[profile above]
role_arn = arn:aws:iam::${accountId}:role/worker
credential_source = Ec2InstanceMetadata
`
  const tools = Object.keys(kinds).map(
    (name) => `[profile ${name}-tool]\ncredential_process = ${mayfly} creds ${name} --no-input\n`,
  )
  b.write('.aws/config', sections + tools.join(''))
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = await (
    await fetch(b.sandbox.containerCredentialsUri, {
      headers: { Authorization: b.sandbox.containerAuthorizationToken },
    })
  ).json()
  const session = { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, AWS_SESSION_TOKEN: Token }
  return { ...b, env: { ...b.nobody, ...machine, ...task, ...session, AWS_CREDENTIAL_EXPIRATION: Expiration } }
}

test('boto3 and the AWS CLI get the credentials of each kind from Mayfly', {
  skip: boto3.skip || aws.skip,
}, async (t) => {
  const { env } = await withProfiles(t)
  for (const [name, arn] of Object.entries(kinds)) {
    const words = [aws.program, 'sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text']
    const [python, cli] = await Promise.all([
      run([boto3.program, script('profile.py'), `${name}-tool`], env),
      run([mayfly, 'exec', name, '--no-input', '--', ...words], env),
    ])
    assert.equal(python.status, 0, `${name}: ${python.stderr}`)
    assert.match(python.stdout.trim(), arn)
    assert.equal(cli.status, 0, `${name}: ${cli.stderr}`)
    assert.match(cli.stdout.trim(), arn)
  }
})

test('the AWS SDK for JavaScript gets the credentials of each kind from Mayfly', { skip: boto3.skip }, async (t) => {
  const { env, home, sandbox } = await withProfiles(t)
  const { endpoint, region } = sandbox
  const configFilepath = join(home, '.aws', 'config')
  inThisProcess(t, env)
  for (const [profile, arn] of Object.entries(kinds)) {
    for (const credentials of [
      fromMayfly({ profile, env, input: false }),
      fromIni({ profile: `${profile}-tool`, configFilepath, filepath: '/dev/null' }),
    ]) {
      const who = await new STSClient({ endpoint, region, credentials }).send(new GetCallerIdentityCommand())
      assert.match(String(who.Arn), arn)
    }
  }
})
