import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import {
  account,
  addRootKey,
  addUser,
  allow,
  ask,
  controlCall,
  credentialsIn,
  otherAccount,
  setStage,
} from '../stage.test.ts'

test('nobody can be denied to ask who they are', async (t) => {
  const stage = await setStage(t)
  const deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}'
  assert.equal((await ask(stage, addUser(stage, 'ann', deny), { Action: 'GetCallerIdentity' })).status, 200)
})

test('a key id tells its account, whether it exists or not', async (t) => {
  const stage = await setStage(t)
  const { accessKeyId } = stage.sandbox.accounts.find(({ accountId }) => accountId === otherAccount) ?? {
    accessKeyId: '',
  }
  const accountOf = async (AccessKeyId: string) =>
    (await ask(stage, stage.sandbox, { Action: 'GetAccessKeyInfo', AccessKeyId })).get('Account')
  assert.equal(await accountOf(accessKeyId), otherAccount)
  assert.equal(await accountOf('ASIAY34FZKBOKMUTVV7A'), '609629065308')
  const ann = addUser(stage, 'ann')
  const reply = await ask(stage, ann, { Action: 'GetAccessKeyInfo', AccessKeyId: accessKeyId })
  assert.equal(
    reply.message,
    `User: arn:aws:iam::${account}:user/ann is not authorized to perform: sts:GetAccessKeyInfo on resource: * because no identity-based policy allows the sts:GetAccessKeyInfo action`,
  )
})

test('a sealed refusal is opened in its account and nowhere else', async (t) => {
  const stage = await setStage(t)
  await ask(stage, addUser(stage, 'ann'), { Action: 'ListUsers' }, { service: 'iam' })
  const { answer } = await controlCall(stage, 'GET', 'requests')
  const [logged] = answer.requests as { readonly encodedAuthorizationMessage: string }[]
  const EncodedMessage = logged?.encodedAuthorizationMessage ?? ''
  const open = (key: Parameters<typeof ask>[1], message: string) =>
    ask(stage, key, { Action: 'DecodeAuthorizationMessage', EncodedMessage: message })
  const decoded = JSON.parse((await open(stage.sandbox, EncodedMessage)).get('DecodedMessage') ?? '{}')
  assert.deepEqual([decoded.allowed, decoded.explicitDeny, decoded.context.action], [false, false, 'iam:ListUsers'])
  assert.equal(decoded.context.principal.arn, `arn:aws:iam::${account}:user/ann`)
  const other = stage.sandbox.accounts.find(({ accountId }) => accountId === otherAccount) ?? stage.sandbox
  for (const [key, message] of [
    [other, EncodedMessage],
    [stage.sandbox, `${EncodedMessage.slice(0, -2)}AA`],
    [stage.sandbox, 'x'],
    [stage.sandbox, `${EncodedMessage}\n`],
  ] as const) {
    const reply = await open(key, message)
    assert.deepEqual([reply.status, reply.code], [400, 'InvalidAuthorizationMessageException'])
  }
})

test('a federated user has what both the user and the session policy allow, and without one nothing', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow(['sts:*', 's3:ListAllMyBuckets', 'cloudtrail:*'], '*'))
  const federate = async (more: object) =>
    credentialsIn(await ask(stage, ann, { Action: 'GetFederationToken', Name: 'bob', ...more }))
  const listWith = async (session: Parameters<typeof ask>[1]) => {
    const { S3Client, ListBucketsCommand } = await import('@aws-sdk/client-s3')
    // The clock of the stage stands still; the client's does not.
    stage.now = new Date()
    const client = new S3Client({
      endpoint: stage.sandbox.endpoint,
      region: 'us-east-1',
      credentials: session,
      forcePathStyle: true,
    })
    return client.send(new ListBucketsCommand({})).then(
      () => 'listed',
      (error: Error) => error.name,
    )
  }
  stage.now = new Date()
  assert.equal(await listWith(await federate({})), 'AccessDenied')
  assert.equal(await listWith(await federate({ Policy: allow('s3:*', '*') })), 'listed')
  assert.equal(await listWith(await federate({ Policy: allow('sts:*', '*') })), 'AccessDenied')
})

test('a federated user is named by account and name, calls no IAM, and of STS only GetCallerIdentity', async (t) => {
  const stage = await setStage(t)
  const Policy = allow('*', '*')
  const reply = await ask(stage, addRootKey(stage), {
    Action: 'GetFederationToken',
    Name: 'bob',
    Policy,
    DurationSeconds: 7200,
  })
  assert.equal(reply.get('FederatedUser', 'FederatedUserId'), `${account}:bob`)
  assert.equal(reply.get('FederatedUser', 'Arn'), `arn:aws:sts::${account}:federated-user/bob`)
  assert.equal(reply.get('Credentials', 'Expiration'), '2026-11-21T10:00:00Z')
  const bob = credentialsIn(reply)
  assert.equal((await ask(stage, bob, { Action: 'ListUsers' }, { service: 'iam' })).code, 'InvalidClientTokenId')
  const assume = { Action: 'AssumeRole', RoleArn: `arn:aws:iam::${account}:role/dev`, RoleSessionName: 'me' }
  assert.equal((await ask(stage, bob, assume)).code, 'AccessDenied')
  assert.equal((await ask(stage, bob, { Action: 'GetCallerIdentity' })).status, 200)
})

test('a name of thirty-three letters is too long, one of thirty-two is not', async (t) => {
  const stage = await setStage(t)
  const federate = (length: number) =>
    ask(stage, stage.sandbox, { Action: 'GetFederationToken', Name: 'n'.repeat(length) })
  assert.equal((await federate(33)).code, 'ValidationError')
  assert.equal((await federate(32)).status, 200)
})

test('an operation or version that is not there is named', async (t) => {
  const stage = await setStage(t)
  const wrong = await ask(stage, stage.sandbox, { Action: 'GetEverything' })
  assert.deepEqual([wrong.status, wrong.code], [400, 'InvalidAction'])
  assert.equal(wrong.message, 'Could not find operation GetEverything for version 2011-06-15')
  const old = await ask(stage, stage.sandbox, { Action: 'GetCallerIdentity' }, { version: '2010-01-01' })
  assert.equal(old.message, 'Could not find operation GetCallerIdentity for version 2010-01-01')
})

test("AWS's own client reads answers and refusals", async (t) => {
  const stage = await setStage(t)
  stage.now = new Date()
  const { endpoint } = stage.sandbox
  const client = (credentials: Parameters<typeof ask>[1]) =>
    new STSClient({ endpoint, region: 'eu-west-1', credentials })
  const ann = addUser(stage, 'ann')
  const { Credentials } = await client(ann).send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
  assert.ok(Credentials?.Expiration instanceof Date)
  const identity = await client(ann).send(new GetCallerIdentityCommand({}))
  assert.equal(identity.Arn, `arn:aws:iam::${account}:user/ann`)
  await assert.rejects(client({ ...ann, secretAccessKey: 'guess' }).send(new GetCallerIdentityCommand({})), {
    name: 'SignatureDoesNotMatch',
  })
})

test('federating needs permission', async (t) => {
  const stage = await setStage(t)
  const federate = { Action: 'GetFederationToken', Name: 'bob' }
  assert.equal((await ask(stage, addUser(stage, 'ann'), federate)).code, 'AccessDenied')
  assert.equal((await ask(stage, addUser(stage, 'ann', allow('sts:GetFederationToken', '*')), federate)).status, 200)
})
