import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addDevice,
  addRole,
  addRootKey,
  addUser,
  allow,
  ask,
  credentialsIn,
  otherAccount,
  type Reply,
  setStage,
  trust,
} from '../stage.test.ts'

const invalidCode = 'MultiFactorAuthentication failed with invalid MFA one time pass code. '
const invalidDevice =
  'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.'

const refused = (reply: Reply, message: string): void =>
  assert.deepEqual([reply.status, reply.code, reply.message], [403, 'AccessDenied', message])

test('a session lasts twelve hours unless told, and as long as told', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const expiry = async (DurationSeconds?: number) =>
    (await ask(stage, ann, { Action: 'GetSessionToken', DurationSeconds })).get('Credentials', 'Expiration')
  assert.equal(await expiry(), '2026-11-21T21:00:00Z')
  assert.equal(await expiry(900), '2026-11-21T09:15:00Z')
  assert.equal(await expiry(129_600), '2026-11-22T21:00:00Z')
})

test('a duration out of bounds is refused', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const long = await ask(stage, ann, { Action: 'GetSessionToken', DurationSeconds: 129_601 })
  assert.deepEqual([long.status, long.code], [400, 'ValidationError'])
  assert.equal(
    long.message,
    "1 validation error detected: Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
  )
  assert.equal((await ask(stage, ann, { Action: 'GetSessionToken', DurationSeconds: 899 })).code, 'ValidationError')
})

test("root's sessions are cut to an hour", async (t) => {
  const stage = await setStage(t)
  const reply = await ask(stage, addRootKey(stage), { Action: 'GetSessionToken', DurationSeconds: 43_200 })
  assert.equal(reply.get('Credentials', 'Expiration'), '2026-11-21T10:00:00Z')
})

test('credentials look like those of AWS', async (t) => {
  const stage = await setStage(t)
  const key = credentialsIn(await ask(stage, addUser(stage, 'ann'), { Action: 'GetSessionToken' }))
  assert.match(key.accessKeyId, /^ASIA[A-Z2-7]{16}$/)
  assert.match(key.secretAccessKey, /^[A-Za-z0-9+/]{40}$/)
  assert.match(key.sessionToken, /^IQoJb3JpZ2luX2Vj[A-Za-z0-9+/]+$/)
  assert.ok(key.sessionToken.length < 1500)
})

test('no session can be taken from a session', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('sts:*', '*'))
  const role = addRole(stage, 'dev', trust({ AWS: 'arn:aws:iam::111122223333:user/ann' }))
  const session = credentialsIn(await ask(stage, ann, { Action: 'GetSessionToken' }))
  const assumed = credentialsIn(await ask(stage, ann, { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'me' }))
  for (const key of [session, assumed]) {
    refused(
      await ask(stage, key, { Action: 'GetSessionToken' }),
      'Cannot call GetSessionToken with session credentials',
    )
    refused(
      await ask(stage, key, { Action: 'GetFederationToken', Name: 'bob' }),
      'Cannot call GetFederationToken with session credentials',
    )
  }
})

test('needs no permission, yet an explicit Deny takes it away', async (t) => {
  const stage = await setStage(t)
  const deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"sts:GetSessionToken","Resource":"*"}]}'
  assert.equal((await ask(stage, addUser(stage, 'ann'), { Action: 'GetSessionToken' })).status, 200)
  const reply = await ask(stage, addUser(stage, 'eve', deny), { Action: 'GetSessionToken' })
  assert.equal(reply.code, 'AccessDenied')
  assert.match(reply.message ?? '', /with an explicit deny in an identity-based policy$/)
})

test('a code is good once', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const { serial, code } = addDevice(stage, 'ann')
  const withCode = (TokenCode: string) =>
    ask(stage, ann, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode })
  const first = code()
  assert.equal((await withCode(first)).status, 200)
  refused(await withCode(first), invalidCode)
  stage.later(30)
  refused(await withCode(first), invalidCode)
  assert.equal((await withCode(code())).status, 200)
})

test('one code given by many at once lets one of them in', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const { serial, code } = addDevice(stage, 'ann')
  const params = { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: code() }
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask(stage, ann, params)))
  assert.equal(replies.filter(({ status }) => status === 200).length, 1)
})

test('a wrong code, half an answer and a device of somebody else are refused as AWS refuses them', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  addUser(stage, 'eve')
  const own = addDevice(stage, 'ann')
  const hers = addDevice(stage, 'eve')
  const take = (SerialNumber?: string, TokenCode?: string) =>
    ask(stage, ann, { Action: 'GetSessionToken', SerialNumber, TokenCode })
  refused(await take(own.serial, own.code() === '000000' ? '000001' : '000000'), invalidCode)
  refused(
    await take(own.serial),
    'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
  )
  refused(await take(hers.serial, hers.code()), invalidDevice)
  refused(await take(`${hers.serial}-unknown`, '123456'), invalidDevice)
  assert.equal((await take(own.serial, own.code())).status, 200)
})

test('a device counts for its own user of its own account, once it is enabled', async (t) => {
  const stage = await setStage(t)
  const { mfaDevices } = stage.sandbox.cloud
  const { serial, code } = addDevice(stage, 'ann')
  const take = (key: Parameters<typeof ask>[1]) =>
    ask(stage, key, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: code() })
  refused(await take(addUser(stage, 'ann', undefined, { accountId: otherAccount })), invalidDevice)
  const ann = addUser(stage, 'ann')
  const device = mfaDevices.get(serial)
  assert.ok(device)
  const { enabledAt: _, ...pending } = device
  mfaDevices.put(serial, pending)
  refused(await take(ann), invalidDevice)
  mfaDevices.put(serial, device)
  assert.equal((await take(ann)).status, 200)
})

test("another user's attempt does not spend a code", async (t) => {
  const stage = await setStage(t)
  const eve = addUser(stage, 'eve')
  const ann = addUser(stage, 'ann')
  const { serial, code } = addDevice(stage, 'ann')
  const params = { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: code() }
  refused(await ask(stage, eve, params), invalidDevice)
  assert.equal((await ask(stage, ann, params)).status, 200)
})

test('a malformed code is not repeated in the refusal', async (t) => {
  const stage = await setStage(t)
  const { serial } = addDevice(stage, 'ann')
  const reply = await ask(stage, addUser(stage, 'ann'), {
    Action: 'GetSessionToken',
    SerialNumber: serial,
    TokenCode: 'hunter2',
  })
  assert.equal(reply.code, 'ValidationError')
  assert.doesNotMatch(reply.text, /hunter2/)
})

test('a session without MFA is no key for IAM, one with MFA is', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('*', '*'))
  const { serial, code } = addDevice(stage, 'ann')
  const plain = credentialsIn(await ask(stage, ann, { Action: 'GetSessionToken' }))
  const proven = credentialsIn(
    await ask(stage, ann, { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: code() }),
  )
  const reply = await ask(stage, plain, { Action: 'ListUsers' }, { service: 'iam' })
  assert.deepEqual([reply.status, reply.code], [403, 'InvalidClientTokenId'])
  assert.equal((await ask(stage, proven, { Action: 'ListUsers' }, { service: 'iam' })).status, 200)
  assert.equal((await ask(stage, ann, { Action: 'ListUsers' }, { service: 'iam' })).status, 200)
})

test('such a session calls nothing of STS but AssumeRole and GetCallerIdentity', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('sts:*', '*'))
  const role = addRole(stage, 'dev', trust({ AWS: 'arn:aws:iam::111122223333:user/ann' }))
  const info = { Action: 'GetAccessKeyInfo', AccessKeyId: ann.accessKeyId }
  const session = credentialsIn(await ask(stage, ann, { Action: 'GetSessionToken' }))
  assert.equal((await ask(stage, session, info)).code, 'AccessDenied')
  assert.equal((await ask(stage, ann, info)).status, 200)
  const assume = { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'me' }
  assert.equal((await ask(stage, session, assume)).status, 200)
})
