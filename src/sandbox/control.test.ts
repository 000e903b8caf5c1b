import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  account,
  addDevice,
  addRole,
  addRootKey,
  addUser,
  allow,
  ask,
  controlCall,
  credentialsIn,
  otherAccount,
  setStage,
  start,
  trust,
} from './stage.test.ts'

test('nothing is told without the control token', async (t) => {
  const stage = await setStage(t)
  for (const path of ['clock', 'requests', 'organization', 'nothing'])
    for (const token of ['', 'guess', `${stage.sandbox.controlToken}x`]) {
      const { status, answer } = await controlCall(stage, 'GET', path, undefined, token)
      assert.equal(status, 401)
      assert.match(JSON.stringify(answer), /Authorization: Bearer/)
    }
  assert.equal((await controlCall(stage, 'GET', 'clock')).status, 200)
})

test('the clock is moved, ticks on, and goes back to real time', async (t) => {
  const stage = await setStage(t)
  assert.deepEqual((await controlCall(stage, 'GET', 'clock')).answer, { now: start.toISOString() })
  const moved = await controlCall(stage, 'PUT', 'clock', { now: '2030-01-01T00:00:00Z' })
  assert.deepEqual(moved.answer, { now: '2030-01-01T00:00:00.000Z' })
  stage.later(5)
  assert.deepEqual((await controlCall(stage, 'GET', 'clock')).answer, { now: '2030-01-01T00:00:05.000Z' })
  const back = await controlCall(stage, 'PUT', 'clock', { now: null })
  assert.deepEqual(back.answer, { now: '2026-11-21T09:00:05.000Z' })
})

test('what is no instant does not move the clock', async (t) => {
  const stage = await setStage(t)
  for (const body of ['', '{', [], {}, { now: 'tomorrow' }, { now: 5 }, { now: '2026-99-99T00:00:00Z' }, 'null']) {
    const { status, answer } = await controlCall(stage, 'PUT', 'clock', body)
    assert.equal(status, 400, JSON.stringify(body))
    assert.ok(answer.error)
  }
  assert.deepEqual((await controlCall(stage, 'GET', 'clock')).answer, { now: start.toISOString() })
})

test('the log tells each call, newest last, from an instant on', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  await ask(stage, ann, { Action: 'GetCallerIdentity' })
  stage.later(60)
  await ask(stage, { ...ann, secretAccessKey: 'guess' }, { Action: 'GetCallerIdentity' })
  await ask(stage, ann, { Action: 'ListUsers' }, { service: 'iam' })
  const lines = async (query = '') =>
    ((await controlCall(stage, 'GET', `requests${query}`)).answer.requests as Record<string, unknown>[]).map(
      ({ service, operation, status, errorCode }) => [service, operation, status, errorCode],
    )
  const refused = [
    ['sts', '', 403, 'SignatureDoesNotMatch'],
    ['iam', 'ListUsers', 403, 'AccessDenied'],
  ]
  assert.deepEqual(await lines(), [['sts', 'GetCallerIdentity', 200, undefined], ...refused])
  assert.deepEqual(await lines(`?since=${stage.now.toISOString()}`), refused)
  assert.equal((await controlCall(stage, 'GET', 'requests?since=yesterday')).status, 400)
})

test('the log holds no secrets', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('*', '*'))
  const { serial, code } = addDevice(stage, 'ann')
  const used = code()
  const session = credentialsIn(
    await ask(stage, ann, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: used }),
  )
  const created = await ask(stage, session, { Action: 'CreateAccessKey', UserName: 'ann' }, { service: 'iam' })
  const secret = created.get('AccessKey', 'SecretAccessKey') ?? ''
  assert.equal(secret.length, 40)
  const login = { Action: 'CreateLoginProfile', UserName: 'ann', Password: 'correct-horse-9!' }
  assert.equal((await ask(stage, session, login, { service: 'iam' })).status, 200)
  const told = JSON.stringify((await controlCall(stage, 'GET', 'requests')).answer)
  assert.match(told, /CreateAccessKey/)
  for (const hidden of [secret, session.secretAccessKey, session.sessionToken, 'correct-horse', `"${used}"`])
    assert.ok(!told.includes(hidden), hidden)
})

test('a role assumed across accounts is told in both, with one shared event', async (t) => {
  const stage = await setStage(t)
  const role = addRole(stage, 'there', trust({ AWS: account }), { accountId: otherAccount })
  const ann = addUser(stage, 'ann', allow('sts:AssumeRole', role))
  await ask(stage, ann, { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'me' })
  const { answer } = await controlCall(stage, 'GET', 'requests')
  const [here, there] = answer.requests as { accountId: string; detail: Record<string, unknown> }[]
  assert.deepEqual([here?.accountId, there?.accountId], [account, otherAccount])
  assert.ok(here?.detail.sharedEventID)
  assert.equal(here.detail.sharedEventID, there?.detail.sharedEventID)
  assert.deepEqual(there?.detail.userIdentity, { type: 'AWSAccount', principalId: 'AIDAANN', accountId: account })
})

test('setting the clock back gives back the codes of what is the future again, and those only', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const { serial, code } = addDevice(stage, 'ann')
  const take = (TokenCode: string) => ask(stage, ann, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode })
  const early = code()
  assert.equal((await take(early)).status, 200)
  await controlCall(stage, 'PUT', 'clock', { now: stage.now.toISOString() })
  assert.equal((await take(early)).status, 403)
  stage.later(86_400)
  assert.equal((await take(code())).status, 200)
  stage.later(-86_400)
  assert.equal((await take(early)).status, 403)
  await controlCall(stage, 'PUT', 'clock', { now: null })
  assert.equal((await take(early)).status, 200)
})

test('service control policies bind users and root of their account at each level, until they are taken away', async (t) => {
  const stage = await setStage(t)
  const admin = stage.sandbox
  const list = async () => {
    const { status, message } = await ask(stage, admin, { Action: 'ListUsers' }, { service: 'iam' })
    return status === 200 ? 'listed' : message
  }
  const everything = JSON.parse(allow('*', '*'))
  const put = (scp: unknown) => controlCall(stage, 'PUT', 'organization', { accounts: { [account]: { scp } } })
  assert.equal((await put([[everything], [everything]])).status, 200)
  assert.equal(await list(), 'listed')
  await put([[everything], [JSON.parse(allow('s3:*', '*'))]])
  assert.equal((await ask(stage, addRootKey(stage), { Action: 'ListUsers' }, { service: 'iam' })).status, 403)
  assert.match(String(await list()), /because no service control policy allows the iam:ListUsers action$/)
  const { answer } = await put(null)
  assert.equal(await list(), 'listed')
  assert.deepEqual(answer, {
    accounts: { [account]: { scp: null, rcp: null }, [otherAccount]: { scp: null, rcp: null } },
  })
})

test('an organisation that cannot be read changes nothing', async (t) => {
  const stage = await setStage(t)
  const good = { scp: [[JSON.parse(allow('s3:*', '*'))]] }
  for (const accounts of [
    { [account]: good, '999999999999': good },
    { [account]: good, [otherAccount]: { scp: [[{ Statement: 'none' }]] } },
    { [account]: good, [otherAccount]: { scp: [JSON.parse(allow('*', '*'))] } },
    { [account]: good, [otherAccount]: [] },
    [],
  ]) {
    const { status } = await controlCall(stage, 'PUT', 'organization', { accounts })
    assert.ok(status === 400 || status === 404)
  }
  assert.equal(stage.sandbox.cloud.accounts.get(account)?.scp, undefined)
})
