import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from '../cloud.ts'
import { account, addRole, ask, controlCall, type Reply, type Stage, send, setStage, trust } from '../stage.test.ts'

const machines = trust({ Service: 'ec2.amazonaws.com' })
const tasks = trust({ Service: 'ecs-tasks.amazonaws.com' })
const ttl = 'X-aws-ec2-metadata-token-ttl-seconds'
const rolePath = '/latest/meta-data/iam/security-credentials/'

const call = (stage: Stage, method: string, target: string, headers: Record<string, string> = {}): Promise<Reply> =>
  send(stage, { method, target, headers: [['Host', new URL(stage.sandbox.endpoint).host], ...Object.entries(headers)] })

const newToken = async (stage: Stage, seconds = '60'): Promise<string> =>
  (await call(stage, 'PUT', '/latest/api/token', { [ttl]: seconds })).text

const get = async (stage: Stage, path: string, token?: string): Promise<Reply> =>
  call(stage, 'GET', path, { 'x-aws-ec2-metadata-token': token ?? (await newToken(stage)) })

/** A machine with an instance profile, whose role trusts machines. */
async function setMachine(...[t]: Parameters<typeof setStage>): Promise<Stage> {
  const stage = await setStage(t)
  addRole(stage, 'web', machines)
  const arn = `arn:aws:iam::${account}:instance-profile/server`
  stage.sandbox.cloud.instanceProfiles.put(keyOf(account, 'server'), {
    ...{ accountId: account, name: 'server', path: '/', id: 'AIPAQ', arn, createdAt: stage.now.toISOString() },
    ...{ roles: ['web'], tags: {} },
  })
  assert.equal((await controlCall(stage, 'PUT', 'instance', { instanceProfileName: 'server' })).status, 200)
  return stage
}

test('a machine gets the credentials of its role, for a token', async (t) => {
  const stage = await setMachine(t)
  assert.equal((await get(stage, rolePath)).text, 'web')
  const found = JSON.parse((await get(stage, `${rolePath}web`)).text)
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, Token: sessionToken, ...rest } = found
  assert.deepEqual(rest, {
    ...{ Code: 'Success', LastUpdated: '2026-11-21T09:00:00Z', Type: 'AWS-HMAC' },
    Expiration: '2026-11-21T15:00:00Z',
  })
  const who = await ask(stage, { accessKeyId, secretAccessKey, sessionToken }, { Action: 'GetCallerIdentity' })
  assert.match(who.get('Arn') ?? '', /:assumed-role\/web\/i-0[0-9a-f]{15}$/)
  const { context } = stage.sandbox.cloud.sessions.get(accessKeyId) ?? {}
  assert.equal(context?.['ec2:RoleDelivery'], '2.0')
  const { answer } = await controlCall(stage, 'GET', 'instance')
  assert.equal(context?.['ec2:SourceInstanceARN'], `arn:aws:ec2:us-east-1:${account}:instance/${answer.instanceId}`)
})

test('the same credentials are given until an hour before their end, and then new ones', async (t) => {
  const stage = await setMachine(t)
  const keyNow = async () => JSON.parse((await get(stage, `${rolePath}web`)).text).AccessKeyId
  const first = await keyNow()
  stage.later(5 * 3600 - 1)
  assert.equal(await keyNow(), first)
  stage.later(1)
  assert.notEqual(await keyNow(), first)
})

test('without a token, with one of nobody and with one that is over, nothing is told', async (t) => {
  const stage = await setMachine(t)
  assert.equal((await call(stage, 'GET', rolePath)).status, 401)
  assert.equal((await get(stage, rolePath, 'AQAEAnothing==')).status, 401)
  const token = await newToken(stage, '60')
  stage.later(59)
  assert.equal((await get(stage, rolePath, token)).status, 200)
  stage.later(1)
  assert.equal((await get(stage, rolePath, token)).status, 401)
})

test('a token needs a lifetime of 1 to 21600 seconds, and none comes through a proxy', async (t) => {
  const stage = await setMachine(t)
  const put = (headers: Record<string, string>) => call(stage, 'PUT', '/latest/api/token', headers)
  for (const [seconds, status] of [
    ...[['0', 400] as const, ['21601', 400] as const, ['-1', 400] as const, ['x', 400] as const],
    ...[['1', 200] as const, ['21600', 200] as const],
  ])
    assert.equal((await put({ [ttl]: seconds })).status, status, seconds)
  assert.equal((await put({})).status, 400)
  assert.equal((await put({ [ttl]: '60', 'X-Forwarded-For': '127.0.0.1' })).status, 403)
  assert.equal((await call(stage, 'GET', '/latest/api/token', { [ttl]: '60' })).status, 405)
})

test('version 1 is answered only where it is switched on, and a bad token is refused even there', async (t) => {
  const stage = await setMachine(t)
  await controlCall(stage, 'PUT', 'instance', { httpTokens: 'optional' })
  assert.equal((await call(stage, 'GET', rolePath)).text, 'web')
  assert.equal((await get(stage, rolePath, 'AQAEAnothing==')).status, 401)
  const { AccessKeyId } = JSON.parse((await call(stage, 'GET', `${rolePath}web`)).text)
  assert.equal(stage.sandbox.cloud.sessions.get(AccessKeyId)?.context?.['ec2:RoleDelivery'], '1.0')
  await controlCall(stage, 'PUT', 'instance', { httpTokens: 'required' })
  assert.equal((await call(stage, 'GET', rolePath)).status, 401)
})

test('a machine without a role has none, and one whose role does not trust machines is told why', async (t) => {
  const stage = await setMachine(t)
  assert.equal((await get(stage, `${rolePath}other`)).status, 404)
  addRole(stage, 'web', tasks)
  const { Code, AccessKeyId } = JSON.parse((await get(stage, `${rolePath}web`)).text)
  assert.deepEqual([Code, AccessKeyId], ['AssumeRoleUnauthorizedAccess', undefined])
  await controlCall(stage, 'PUT', 'instance', { instanceProfileName: null })
  assert.equal((await get(stage, rolePath)).status, 404)
  assert.equal((await controlCall(stage, 'PUT', 'instance', { instanceProfileName: 'nothing' })).status, 400)
})

test('the metadata tell of the machine and of where it is', async (t) => {
  const stage = await setMachine(t)
  assert.equal((await get(stage, '/latest/meta-data/placement/region')).text, 'us-east-1')
  const document = JSON.parse((await get(stage, '/latest/dynamic/instance-identity/document')).text)
  assert.equal(document.accountId, account)
  assert.equal((await get(stage, '/latest/meta-data/instance-id')).text, document.instanceId)
  assert.match((await get(stage, '/latest/meta-data/')).text, /^iam\/$/m)
  assert.equal((await get(stage, '/latest/meta-data/nothing')).status, 404)
})

test('a container gets the credentials of its task role, for the token of the task', async (t) => {
  const stage = await setStage(t)
  addRole(stage, 'worker', tasks)
  const { pathname } = new URL(stage.sandbox.containerCredentialsUri)
  const fetchWith = (Authorization?: string) => call(stage, 'GET', pathname, Authorization ? { Authorization } : {})
  const token = stage.sandbox.containerAuthorizationToken
  assert.equal((await fetchWith(token)).status, 404)
  await controlCall(stage, 'PUT', 'task', { roleName: 'worker' })
  const found = JSON.parse((await fetchWith(token)).text)
  assert.equal(found.RoleArn, `arn:aws:iam::${account}:role/worker`)
  assert.equal(found.Expiration, '2026-11-21T15:00:00Z')
  assert.equal(stage.sandbox.cloud.sessions.get(found.AccessKeyId)?.sessionToken, found.Token)

  const refusals = [
    [await fetchWith(), 401],
    [await fetchWith(`${token}x`), 403],
    [await fetchWith(token.replace('Bearer ', '')), 403],
    [await call(stage, 'GET', `${pathname}x`, { Authorization: token }), 400],
    [await call(stage, 'POST', pathname, { Authorization: token }), 405],
  ] as const
  for (const [{ status, text }, expected] of refusals) {
    assert.equal(status, expected)
    assert.equal(typeof JSON.parse(text).Message, 'string')
  }
  addRole(stage, 'worker', machines)
  assert.equal((await fetchWith(token)).status, 404)
})

test('a page of elsewhere that a browser shows reaches neither', async (t) => {
  const stage = await setMachine(t)
  const host = { Host: 'rebound.example.com' }
  const foreign = (method: string, target: string, headers: Record<string, string>) =>
    send(stage, { method, target, headers: Object.entries({ ...host, ...headers }) })
  assert.equal((await foreign('PUT', '/latest/api/token', { [ttl]: '60' })).status, 403)
  const { pathname } = new URL(stage.sandbox.containerCredentialsUri)
  const Authorization = stage.sandbox.containerAuthorizationToken
  assert.equal((await foreign('GET', pathname, { Authorization })).status, 403)
})
