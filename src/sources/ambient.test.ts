import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { type StsStage, stsStage } from '../../test/contracts/sts-stage.ts'
import { nodeFetch } from '../host/fetch.ts'
import type { Host } from '../host/host.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { AssumeRoleSpec, ContainerSpec, ImdsSpec } from '../model/source-spec.ts'
import { keyOf } from '../sandbox/cloud.ts'
import { instanceOf, putInstance, putTask, taskOf } from '../sandbox/instance/state.ts'
import { callerIdentity } from './caller-identity.ts'
import { containerSpec } from './container-address.ts'
import { environmentSpec } from './environment-spec.ts'
import { open } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'mayfly-ambient-'))
let stage: StsStage
let env: Record<string, string>
let asked: Request[]
let outside: Host
let imds: ImdsSpec

before(async () => {
  stage = await stsStage()
  const { cloud, accountId } = stage.sandbox
  const reader = cloud.roles.get(keyOf(accountId, 'reader'))
  assert.ok(reader)
  const Service = ['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com']
  const trust = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' }],
  })
  cloud.roles.put(keyOf(accountId, 'machine'), {
    ...reader,
    name: 'machine',
    id: 'AROAMACHINE',
    arn: stage.role('reader').replace('reader', 'machine'),
    trust,
  })
  const profile = {
    accountId,
    name: 'machine',
    path: '/',
    id: 'AIPA',
    arn: '',
    createdAt: '',
    roles: ['machine'],
    tags: {},
  }
  cloud.instanceProfiles.put(keyOf(accountId, 'machine'), profile)
  putTask(cloud, { ...taskOf(cloud), roleName: 'machine' })
  imds = { kind: 'imds', endpoint: stage.sandbox.imdsEndpoint }
})
beforeEach(() => {
  putInstance(stage.sandbox.cloud, { ...instanceOf(stage.sandbox.cloud), profileName: 'machine', v1: false })
  env = {}
  asked = []
  const send = nodeFetch({})
  outside = stage.process({
    variable: (name) => env[name] || undefined,
    readFile: (path) => readFile(path),
    fetch: (request) => {
      asked.push(request)
      return send(request)
    },
  })
})
after(async () => {
  await stage.sandbox.close()
  rmSync(directory, { recursive: true, force: true })
})

const failure = (code: FailureCode, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Failure)
  assert.match(error.message, message)
  return error.code === code
}
const arnNow = async (spec: Parameters<typeof open>[0]): Promise<string> =>
  (await callerIdentity(outside, await open(spec, outside)(), stage.sts)).arn
const containerNow = (): ContainerSpec => {
  const spec = containerSpec(outside.variable)
  assert.ok(spec)
  return spec
}
const inContainer = (): void => {
  env.AWS_CONTAINER_CREDENTIALS_FULL_URI = stage.sandbox.containerCredentialsUri
  env.AWS_CONTAINER_AUTHORIZATION_TOKEN = stage.sandbox.containerAuthorizationToken
}

test('a machine gives the credentials of its role, and nothing of them is kept', async () => {
  assert.match(await arnNow(imds), /:assumed-role\/machine\/i-0/)
  assert.deepEqual(await stage.vault.list('session/'), [])
  assert.deepEqual(
    asked.slice(0, 3).map(({ method, url }) => `${method} ${new URL(url).pathname}`),
    [
      'PUT /latest/api/token',
      'GET /latest/meta-data/iam/security-credentials/',
      'GET /latest/meta-data/iam/security-credentials/machine',
    ],
  )
})

test('a machine without version 2 is asked with version 1, unless that is refused', async () => {
  putInstance(stage.sandbox.cloud, { ...instanceOf(stage.sandbox.cloud), v1: true })
  const { fetch } = outside
  const old: Host = {
    ...outside,
    fetch: async (request) => (request.method === 'PUT' ? new Response('', { status: 404 }) : fetch(request)),
  }
  assert.ok(await open(imds, old)())
  await assert.rejects(
    open({ ...imds, v1Disabled: true }, old)(),
    failure('aws-refused', /gives no token \(HTTP 404\)/),
  )
  const silent: Host = {
    ...outside,
    fetch: async (request) => (request.method === 'PUT' ? Promise.reject(new Error('no answer')) : fetch(request)),
  }
  assert.ok(await open(imds, silent)())
  await assert.rejects(open({ ...imds, v1Disabled: true }, silent)(), failure('network', /does not answer/))
  const broken: Host = { ...outside, fetch: async () => new Response('', { status: 400 }) }
  await assert.rejects(open(imds, broken)(), failure('aws-refused', /gives no token \(HTTP 400\)/))
})

test('a machine without a role, one whose role trusts no machines, and one that is switched off say so', async () => {
  const { cloud, accountId } = stage.sandbox
  const { profileName: _, ...bare } = instanceOf(cloud)
  putInstance(cloud, bare)
  await assert.rejects(open(imds, outside)(), failure('aws-refused', /This machine has no role/))
  putInstance(cloud, { ...bare, profileName: 'machine' })
  const role = cloud.roles.get(keyOf(accountId, 'machine'))
  const reader = cloud.roles.get(keyOf(accountId, 'reader'))
  assert.ok(role && reader)
  cloud.roles.put(keyOf(accountId, 'machine'), { ...role, trust: reader.trust })
  await assert.rejects(
    open(imds, outside)(),
    failure('access-denied', /AssumeRoleUnauthorizedAccess: EC2 cannot assume/),
  )
  cloud.roles.put(keyOf(accountId, 'machine'), role)
  env.AWS_EC2_METADATA_DISABLED = 'TRUE'
  await assert.rejects(open(imds, outside)(), failure('profile-incomplete', /switched off/))
  env.AWS_EC2_METADATA_DISABLED = 'false'
  assert.ok(await open(imds, outside)())
})

test('what answers with another path for a role, or with an end that is past, is not believed', async () => {
  const { fetch } = outside
  const answering = (role: string, change: object): Host => ({
    ...outside,
    fetch: async (request) => {
      if (request.url.endsWith('/security-credentials/')) return new Response(role)
      const answer = await fetch(request)
      return request.method === 'PUT' ? answer : Response.json({ ...JSON.parse(await answer.text()), ...change })
    },
  })
  assert.ok(await open(imds, answering('machine', {}))())
  for (const role of ['../../api/token', '..', 'a/b', 'a b', ''])
    await assert.rejects(
      open(imds, answering(role, {}))(),
      failure('aws-refused', /is not the instance metadata service/),
    )
  const past = { Expiration: '2026-11-21T09:59:59Z' }
  await assert.rejects(open(imds, answering('machine', past))(), failure('aws-refused', /no Expiration/))
  await assert.rejects(open(imds, answering('machine', { Token: '' }))(), failure('aws-refused', /no SessionToken/))
})

test('a container gives the credentials of its task role, and nothing of them is kept', async () => {
  inContainer()
  assert.match(await arnNow(containerNow()), /:assumed-role\/machine\//)
  assert.deepEqual(await stage.vault.list('session/'), [])
  assert.doesNotMatch(JSON.stringify(containerNow()), /Bearer|v2.credentials/)
})

test('the token of a container is read from its file at each call, and trimmed', async () => {
  inContainer()
  const file = join(directory, 'token')
  env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE = file
  env.AWS_CONTAINER_AUTHORIZATION_TOKEN = 'not this one'
  writeFileSync(file, `${stage.sandbox.containerAuthorizationToken}\n`)
  const source = open(containerNow(), outside)
  assert.ok(await source())
  writeFileSync(file, 'Bearer rotated')
  await assert.rejects(source(), failure('access-denied', /HTTP 403: invalid Authorization token/))
  for (const text of ['', 'Bearer a\nX-Header: b']) {
    writeFileSync(file, text)
    await assert.rejects(source(), failure('config-invalid', /holds no authorization token/))
  }
})

test('a container without a token, and with another address than was resolved, gets nothing', async () => {
  inContainer()
  const resolved = containerNow()
  env.AWS_CONTAINER_AUTHORIZATION_TOKEN = ''
  await assert.rejects(open(containerNow(), outside)(), failure('access-denied', /HTTP 401/))
  asked.length = 0
  await assert.rejects(open(resolved, outside)(), failure('credentials-expired', /another container endpoint/))
  assert.equal(asked.length, 0)
})

test('the address of a container is relative first; http only where it does not leave the machine', () => {
  const originOf = (variables: Record<string, string>) => containerSpec((name) => variables[name])?.origin
  const full = (AWS_CONTAINER_CREDENTIALS_FULL_URI: string) => originOf({ AWS_CONTAINER_CREDENTIALS_FULL_URI })
  const relative = (uri: string) =>
    originOf({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: uri, AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost/' })
  assert.equal(relative('/v2/credentials/x'), 'http://169.254.170.2')
  assert.equal(originOf({}), undefined)
  for (const uri of ['.example.com/x', '@example.com/', ':80@example.com/', 'x'])
    assert.throws(() => relative(uri), failure('config-invalid', /begins with a slash/))
  for (const host of [
    '127.0.0.1:1',
    '127.9.9.9',
    '[::1]:8',
    'localhost',
    '169.254.170.2',
    '169.254.170.23',
    '[fd00:ec2::23]',
  ])
    assert.equal(full(`http://${host}/x`), `http://${host}`)
  assert.equal(full('https://example.com/x'), 'https://example.com')
  for (const host of [
    '0.0.0.0',
    '192.168.1.1',
    'host.docker.internal',
    '169.254.169.254',
    'localhost.example.com',
    '[::]',
  ])
    assert.throws(() => full(`http://${host}/x`), failure('config-invalid', /neither https nor/))
  for (const uri of ['ftp://localhost/', 'http://a:b@localhost/', 'localhost'])
    assert.throws(() => full(uri), failure('config-invalid', /not an http or https address/))
})

test('a session in the environment is handed out to its end, and its old name counts first', async () => {
  const issued = await open(
    { kind: 'assume-role', base: stage.key, roleArn: stage.role('deployer'), sts: stage.sts },
    outside,
  )()
  env = {
    ...{ AWS_ACCESS_KEY_ID: issued.accessKeyId, AWS_SECRET_ACCESS_KEY: issued.secretAccessKey },
    ...{ AWS_SESSION_TOKEN: issued.sessionToken, AWS_CREDENTIAL_EXPIRATION: issued.expiration.toISOString() },
  }
  const spec = environmentSpec(outside.variable)
  assert.deepEqual(spec, { kind: 'environment', accessKeyId: issued.accessKeyId })
  assert.deepEqual(await open(spec, outside)(), issued)
  delete env.AWS_CREDENTIAL_EXPIRATION
  assert.equal((await open(spec, outside)()).expiration.getTime() - outside.now().getTime(), 1_200_000)
  env.AWS_SECURITY_TOKEN = 'of-old'
  assert.equal((await open(spec, outside)()).sessionToken, 'of-old')
  env.AWS_CREDENTIAL_EXPIRATION = outside.now().toISOString()
  await assert.rejects(open(spec, outside)(), failure('credentials-expired', /ended at/))
  env.AWS_CREDENTIAL_EXPIRATION = 'soon'
  await assert.rejects(open(spec, outside)(), failure('config-invalid', /not an instant/))
  env.AWS_ACCESS_KEY_ID = 'ASIAANOTHERONE000000'
  await assert.rejects(open(spec, outside)(), failure('credentials-expired', /does not hold the key/))
})

test('a permanent key in the environment assumes a role, and is never handed out', async () => {
  env = { AWS_ACCESS_KEY_ID: stage.key.accessKeyId, AWS_SECRET_ACCESS_KEY: stage.secret }
  const base = environmentSpec(outside.variable)
  assert.equal(base?.kind, 'environment-key')
  assert.throws(
    () => open(base, outside),
    failure('profile-incomplete', /permanent key, and those are never handed out/),
  )
  const role: AssumeRoleSpec = {
    kind: 'assume-role',
    base,
    roleArn: stage.role('deployer'),
    duration: 7200,
    sts: stage.sts,
  }
  const credentials = await open(role, outside)()
  assert.match((await callerIdentity(outside, credentials, stage.sts)).arn, /:assumed-role\/deployer\/mayfly-AKIA/)
  const kept = await Promise.all((await stage.vault.list('')).map((name) => stage.vault.get(name)))
  assert.ok(!JSON.stringify(kept.filter((text) => !text?.includes('importedAt'))).includes(stage.secret))
  delete env.AWS_SECRET_ACCESS_KEY
  await assert.rejects(
    open(role, outside)({ forceRefresh: true }),
    failure('profile-incomplete', /AWS_SECRET_ACCESS_KEY is not/),
  )
})

test('a token left over from another session does not get a permanent key handed out', async () => {
  for (const name of ['AWS_SESSION_TOKEN', 'AWS_SECURITY_TOKEN']) {
    env = {
      ...{ AWS_ACCESS_KEY_ID: stage.key.accessKeyId, AWS_SECRET_ACCESS_KEY: stage.secret, [name]: 'of-before' },
    }
    const spec = environmentSpec(outside.variable)
    assert.ok(spec)
    await assert.rejects(
      async () => open(spec, outside)(),
      (error) => failure('profile-incomplete', /is a permanent key/)(error) && !String(error).includes(stage.secret),
    )
  }
})

test('a role over a machine is kept, and ends with the credentials of the machine at the latest', async () => {
  const { cloud, accountId } = stage.sandbox
  stage.advance(4 * 3600 + 1800)
  const base = await open(imds, outside)()
  stage.advance(3 * 3600 + 1800 + 1200)
  const role: AssumeRoleSpec = { kind: 'assume-role', base: imds, roleArn: stage.role('deployer'), sts: stage.sts }
  assert.ok(cloud.roles.get(keyOf(accountId, 'deployer')))
  const child = await open(role, outside)()
  assert.ok(child.expiration.getTime() <= (await open(imds, outside)()).expiration.getTime(), String(base.expiration))
  assert.equal((await stage.vault.list('session/')).length > 0, true)
  assert.deepEqual(await open(role, { ...outside, fetch: () => assert.fail() })(), child)
})
