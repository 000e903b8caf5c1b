import assert from 'node:assert/strict'
import { test } from 'node:test'
import { presign } from '../wire/sigv4/presign.ts'
import { sign } from '../wire/sigv4/sign.ts'
import {
  account,
  addRole,
  addRootKey,
  addUser,
  allow,
  ask,
  credentialsIn,
  queryCall,
  send,
  setStage,
  start,
  trust,
} from './stage.test.ts'

const whoami = { Action: 'GetCallerIdentity' }

test('each kind of caller is told who they are', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann', allow('sts:*', '*'), {
    path: '/team/',
    arn: `arn:aws:iam::${account}:user/team/ann`,
  })
  const role = addRole(stage, 'dev', trust({ AWS: account }), {
    path: '/team/',
    arn: `arn:aws:iam::${account}:role/team/dev`,
  })
  const assumed = await ask(stage, ann, { Action: 'AssumeRole', RoleArn: role, RoleSessionName: 'by-ann' })
  const federated = await ask(stage, ann, { Action: 'GetFederationToken', Name: 'bob' })
  const session = await ask(stage, ann, { Action: 'GetSessionToken' })
  const known = [
    [ann, 'AIDAANN', `arn:aws:iam::${account}:user/team/ann`],
    [credentialsIn(session), 'AIDAANN', `arn:aws:iam::${account}:user/team/ann`],
    [credentialsIn(assumed), 'AROADEV:by-ann', `arn:aws:sts::${account}:assumed-role/dev/by-ann`],
    [credentialsIn(federated), `${account}:bob`, `arn:aws:sts::${account}:federated-user/bob`],
    [addRootKey(stage), account, `arn:aws:iam::${account}:root`],
  ] as const
  for (const [key, userId, arn] of known) {
    const reply = await ask(stage, key, whoami)
    assert.deepEqual([reply.get('UserId'), reply.get('Arn'), reply.get('Account')], [userId, arn, account])
  }
})

test('an answer carries its id, its type and the time of the sandbox', async (t) => {
  const stage = await setStage(t)
  const reply = await ask(stage, stage.sandbox, whoami)
  assert.equal(reply.headers['content-type'], 'text/xml')
  assert.equal(reply.headers.date, 'Sat, 21 Nov 2026 09:00:00 GMT')
  assert.match(reply.text, new RegExp(`<RequestId>${reply.headers['x-amzn-requestid']}</RequestId></ResponseMetadata>`))
  assert.match(reply.text, /^<GetCallerIdentityResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">/)
})

test('an unsigned call is missing its token', async (t) => {
  const stage = await setStage(t)
  const host = ['Host', new URL(stage.sandbox.endpoint).host] as const
  const reply = await send(stage, {
    method: 'GET',
    target: '/?Action=GetCallerIdentity&Version=2011-06-15',
    headers: [host],
  })
  assert.deepEqual(
    [reply.status, reply.code, reply.message],
    [403, 'MissingAuthenticationToken', 'Request is missing Authentication Token'],
  )
})

test('keys that are unknown, inactive, or used with the wrong token look the same', async (t) => {
  const stage = await setStage(t)
  const { cloud } = stage.sandbox
  const ann = addUser(stage, 'ann')
  const eve = addUser(stage, 'eve')
  const inactive = cloud.accessKeys.get(eve.accessKeyId)
  assert.ok(inactive)
  cloud.accessKeys.put(eve.accessKeyId, { ...inactive, status: 'Inactive' })
  const session = credentialsIn(await ask(stage, ann, { Action: 'GetSessionToken' }))
  const other = credentialsIn(await ask(stage, ann, { Action: 'GetSessionToken' }))
  const { sessionToken: _, ...bare } = session
  for (const [why, key] of Object.entries({
    unknown: { ...ann, accessKeyId: 'AKIAQUNKNOWNAAAAAAAA' },
    inactive: eve,
    'permanent with a token': { ...ann, sessionToken: session.sessionToken },
    'temporary without its token': bare,
    'temporary with the token of another': { ...session, sessionToken: other.sessionToken },
  })) {
    const reply = await ask(stage, key, whoami)
    const expected = [403, 'InvalidClientTokenId', 'The security token included in the request is invalid.']
    assert.deepEqual([reply.status, reply.code, reply.message], expected, why)
  }
  assert.equal((await ask(stage, session, whoami)).status, 200)
})

test('a session ends at its second, and not before', async (t) => {
  const stage = await setStage(t)
  const session = credentialsIn(
    await ask(stage, addUser(stage, 'ann'), { Action: 'GetSessionToken', DurationSeconds: 900 }),
  )
  stage.later(899)
  assert.equal((await ask(stage, session, whoami)).status, 200)
  stage.later(1)
  const reply = await ask(stage, session, whoami)
  assert.deepEqual([reply.status, reply.code], [403, 'ExpiredToken'])
  assert.equal(reply.message, 'The security token included in the request is expired')
})

test('a session ends with the user behind it, and does not follow a new user of the same name', async (t) => {
  const stage = await setStage(t)
  const session = credentialsIn(await ask(stage, addUser(stage, 'ann'), { Action: 'GetSessionToken' }))
  addUser(stage, 'ann', undefined, { id: 'AIDASOMEONEELSE' })
  assert.equal((await ask(stage, session, whoami)).code, 'InvalidClientTokenId')
})

test('a wrong secret does not match', async (t) => {
  const stage = await setStage(t)
  const reply = await ask(stage, { ...addUser(stage, 'ann'), secretAccessKey: 'guess' }, whoami)
  assert.deepEqual([reply.status, reply.code], [403, 'SignatureDoesNotMatch'])
  assert.match(
    reply.message ?? '',
    /^The request signature we calculated does not match the signature you provided\. Check your AWS/,
  )
})

test('a signature may be fifteen minutes old or early', async (t) => {
  const stage = await setStage(t)
  const ann = addUser(stage, 'ann')
  const signedAt = (seconds: number) => ask(stage, ann, whoami, { at: new Date(stage.now.getTime() + seconds * 1000) })
  assert.equal((await signedAt(-900)).status, 200)
  assert.equal((await signedAt(900)).status, 200)
  const old = await signedAt(-901)
  assert.deepEqual([old.status, old.code], [403, 'SignatureDoesNotMatch'])
  assert.equal(
    old.message,
    'Signature expired: 20261121T084459Z is now earlier than 20261121T084500Z (20261121T090000Z - 15 min.)',
  )
  assert.match((await signedAt(901)).message ?? '', /^Signature not yet current: 20261121T091501Z is still later than/)
})

test('a body that was changed after it was signed does not match', async (t) => {
  const stage = await setStage(t)
  const [request, body] = queryCall(stage, addUser(stage, 'ann'), whoami)
  const swapped = body.replace('GetCallerIdentity', 'GetSessionTokens_')
  assert.equal(swapped.length, body.length)
  assert.equal((await send(stage, request, swapped)).code, 'SignatureDoesNotMatch')
  assert.equal((await send(stage, request, body)).status, 200)
})

test('a presigned call is served until it expires', async (t) => {
  const stage = await setStage(t)
  const request = {
    method: 'GET',
    target: '/?Action=GetCallerIdentity&Version=2011-06-15',
    headers: [['Host', new URL(stage.sandbox.endpoint).host]] as const,
  }
  const url = presign(request, addUser(stage, 'ann'), { region: 'us-east-1', service: 'sts' }, stage.now, 60)
  assert.equal((await send(stage, url)).get('UserId'), 'AIDAANN')
  stage.later(61)
  assert.equal((await send(stage, url)).status, 403)
})

test('JSON services refuse in their own spelling', async (t) => {
  const stage = await setStage(t)
  const { cloud } = stage.sandbox
  const ann = addUser(stage, 'ann')
  const session = credentialsIn(await ask(stage, ann, { Action: 'GetSessionToken' }))
  const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents'
  const lookup = (key: typeof ann | undefined, at = stage.now) => {
    const request = {
      method: 'POST',
      target: '/',
      headers: [
        ['Host', new URL(stage.sandbox.endpoint).host],
        ['X-Amz-Target', target],
        ['Content-Type', 'application/x-amz-json-1.1'],
        ['Content-Length', '2'],
      ] as const,
    }
    const scope = { region: 'us-east-1', service: 'cloudtrail' }
    return send(stage, key ? sign(request, { body: '{}' }, key, scope, at) : request, '{}')
  }
  const expectCode = async (reply: ReturnType<typeof send>, status: number, code: string) => {
    const { status: given, text } = await reply
    assert.deepEqual([given, JSON.parse(text).__type], [status, code])
  }
  await expectCode(lookup(undefined), 400, 'MissingAuthenticationTokenException')
  await expectCode(lookup({ ...ann, accessKeyId: 'AKIAQUNKNOWNAAAAAAAA' }), 400, 'UnrecognizedClientException')
  await expectCode(lookup({ ...ann, secretAccessKey: 'guess' }), 400, 'InvalidSignatureException')
  await expectCode(lookup(ann, new Date(stage.now.getTime() - 16 * 60_000)), 400, 'InvalidSignatureException')
  await expectCode(lookup(ann), 400, 'AccessDeniedException')
  addUser(stage, 'ann', allow('cloudtrail:LookupEvents', '*'))
  assert.equal((await lookup(ann)).status, 200)
  const row = cloud.sessions.get(session.accessKeyId)
  assert.ok(row)
  cloud.sessions.put(session.accessKeyId, { ...row, expiresAt: stage.now.toISOString() })
  await expectCode(lookup(session), 400, 'ExpiredTokenException')
})

test('a session ends with its role, and does not follow a new role of the same name', async (t) => {
  const stage = await setStage(t)
  const trusting = trust({ AWS: `arn:aws:iam::${account}:user/ann` })
  const RoleArn = addRole(stage, 'dev', trusting)
  const reply = await ask(stage, addUser(stage, 'ann'), { Action: 'AssumeRole', RoleArn, RoleSessionName: 'me' })
  addRole(stage, 'dev', trusting, { id: 'AROASOMETHINGELSE' })
  assert.equal((await ask(stage, credentialsIn(reply), whoami)).code, 'InvalidClientTokenId')
})

test('a body that the signature does not cover is refused', async (t) => {
  const stage = await setStage(t)
  const body = 'Action=GetCallerIdentity&Version=2011-06-15'
  const headers = [
    ['Host', new URL(stage.sandbox.endpoint).host],
    ['Content-Length', String(body.length)],
  ] as const
  const request = { method: 'POST', target: '/', headers }
  const scope = { region: 'us-east-1', service: 'sts' }
  const ann = addUser(stage, 'ann')
  const unsigned = sign(request, { unsigned: true }, ann, scope, stage.now)
  assert.equal((await send(stage, unsigned, body)).code, 'SignatureDoesNotMatch')
  const told = sign(request, { body }, ann, scope, stage.now, { sha256Header: true })
  assert.equal((await send(stage, told, body)).status, 200)
})

test('the use of a key and of a role is kept', async (t) => {
  const stage = await setStage(t)
  const { cloud } = stage.sandbox
  const ann = addUser(stage, 'ann')
  const RoleArn = addRole(stage, 'dev', trust({ AWS: `arn:aws:iam::${account}:user/ann` }))
  const reply = await ask(stage, ann, { Action: 'AssumeRole', RoleArn, RoleSessionName: 'me' })
  assert.equal(cloud.roles.get(`${account}/dev`)?.lastUsed, undefined)
  stage.later(600)
  await ask(stage, credentialsIn(reply), whoami, { region: 'eu-west-1' })
  await ask(stage, credentialsIn(reply), { Action: 'ListUsers' }, { service: 'iam' })
  const at = (seconds: number) => new Date(start.getTime() + seconds * 1000).toISOString()
  assert.deepEqual(cloud.accessKeys.get(ann.accessKeyId)?.lastUsed, { at: at(0), region: 'us-east-1', service: 'sts' })
  assert.deepEqual(cloud.roles.get(`${account}/dev`)?.lastUsed, { at: at(600), region: 'us-east-1' })
})
