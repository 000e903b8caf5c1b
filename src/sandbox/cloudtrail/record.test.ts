import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCloud, type Session } from '../cloud.ts'
import type { Call, Caller } from '../service.ts'
import { nothingInside } from '../stage.test.ts'
import { memoryStore } from '../store.ts'
import { cloudTrailRecord, trailMembers } from './record.ts'

const at = new Date('2026-11-21T16:07:39.250Z')
const account = '111122223333'

function callOf(caller: Caller): Call {
  const cloud = openCloud({
    region: 'eu-west-1',
    primaryAccount: account,
    now: () => at,
    randomBytes: (length) => new Uint8Array(length).fill(255),
    store: memoryStore(),
  })
  const never = (): never => assert.fail('a record is built from what is known')
  return {
    id: 'request-1',
    at,
    cloud,
    caller,
    request: { method: 'POST', target: '/', headers: [] },
    path: '/',
    query: [],
    region: 'eu-west-1',
    sourceIp: '127.0.0.1',
    userAgent: 'aws-cli/1.45',
    endpoint: 'http://127.0.0.1:1',
    body: never,
    stream: never,
    authorize: never,
    note: never,
    inside: nothingInside,
  }
}

const session = (more: Partial<Session>): Session => ({
  accessKeyId: 'ASIAY34FZKBOKMUTVV7A',
  secretAccessKey: 'secret',
  sessionToken: 'token',
  kind: 'assumed-role',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
  userId: 'AROAEXAMPLE:ann',
  principalArn: `arn:aws:iam::${account}:role/team/dev`,
  issuer: { name: 'dev', id: 'AROAEXAMPLE', arn: `arn:aws:iam::${account}:role/team/dev` },
  issuedAt: '2026-11-21T16:00:00.500Z',
  expiresAt: '2026-11-21T17:00:00.500Z',
  tags: {},
  transitiveTagKeys: [],
  ...more,
})

const roleCaller = (more: Partial<Session> = {}): Caller => ({
  kind: 'assumed-role',
  accountId: account,
  arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
  userId: 'AROAEXAMPLE:ann',
  accessKeyId: 'ASIAY34FZKBOKMUTVV7A',
  session: session(more),
})

const userCaller = (used?: Session): Caller => ({
  kind: 'user',
  accountId: account,
  arn: `arn:aws:iam::${account}:user/ann`,
  userId: 'AIDAEXAMPLE',
  accessKeyId: used?.accessKeyId ?? 'AKIAY34FZKBOKMUTVV7A',
  userName: 'ann',
  ...(used && { session: used }),
})

test('a permanent key is told without a session context', () => {
  const record = cloudTrailRecord(
    callOf(userCaller()),
    { operation: 'GetSessionToken', requestParameters: { durationSeconds: 900 } },
    { service: 'sts' },
  )
  assert.deepEqual(record, {
    eventVersion: '1.11',
    userIdentity: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: `arn:aws:iam::${account}:user/ann`,
      accountId: account,
      accessKeyId: 'AKIAY34FZKBOKMUTVV7A',
      userName: 'ann',
    },
    eventTime: '2026-11-21T16:07:39Z',
    eventSource: 'sts.amazonaws.com',
    eventName: 'GetSessionToken',
    awsRegion: 'eu-west-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'aws-cli/1.45',
    requestParameters: { durationSeconds: 900 },
    responseElements: null,
    requestID: 'request-1',
    eventID: 'ffffffff-ffff-4fff-bfff-ffffffffffff',
    readOnly: true,
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    eventCategory: 'Management',
  })
})

test('a session with MFA stays an IAM user, with when it began and that MFA was given, as a string', () => {
  const used = session({ kind: 'session-token', mfaAt: '2026-11-21T16:00:00.500Z' })
  const record = cloudTrailRecord(callOf(userCaller(used)), { operation: 'ListUsers' }, { service: 'iam' })
  assert.deepEqual(record.userIdentity, {
    type: 'IAMUser',
    principalId: 'AIDAEXAMPLE',
    arn: `arn:aws:iam::${account}:user/ann`,
    accountId: account,
    accessKeyId: 'ASIAY34FZKBOKMUTVV7A',
    userName: 'ann',
    sessionContext: { attributes: { creationDate: '2026-11-21T16:00:00Z', mfaAuthenticated: 'true' } },
  })
})

test('a role session names its role and its source identity, and no user', () => {
  const record = cloudTrailRecord(
    callOf(roleCaller({ sourceIdentity: 'ann@example.com' })),
    { operation: 'CreateUser' },
    { service: 'iam', errorCode: 'AccessDenied', errorMessage: 'no' },
  )
  assert.deepEqual(record.userIdentity, {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:ann',
    arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
    accountId: account,
    accessKeyId: 'ASIAY34FZKBOKMUTVV7A',
    sessionContext: {
      sessionIssuer: {
        type: 'Role',
        principalId: 'AROAEXAMPLE',
        arn: `arn:aws:iam::${account}:role/team/dev`,
        accountId: account,
        userName: 'dev',
      },
      attributes: { creationDate: '2026-11-21T16:00:00Z', mfaAuthenticated: 'false' },
      sourceIdentity: 'ann@example.com',
    },
  })
  assert.equal(record.readOnly, false)
  assert.equal(record.errorCode, 'AccessDenied')
})

test('the other account of a cross-account call learns the account, and not who in it', () => {
  const record = cloudTrailRecord(
    callOf(roleCaller()),
    { operation: 'AssumeRole' },
    { service: 'sts', recipientAccountId: '444455556666', sharedEventId: 'shared' },
  )
  assert.deepEqual(record.userIdentity, { type: 'AWSAccount', principalId: 'AROAEXAMPLE:ann', accountId: account })
  assert.equal(record.recipientAccountId, '444455556666')
  assert.equal(record.sharedEventID, 'shared')
})

test('members are spelt as trails spell them, and secrets are not told', () => {
  const told = trailMembers({
    Credentials: {
      AccessKeyId: 'ASIA',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: new Date('2014-07-18T16:07:39Z'),
    },
    Tags: [{ Key: 'Team', Value: 'x' }],
    TokenCode: '123456',
    QRCodePNG: new Uint8Array(3),
  })
  assert.deepEqual(told, {
    credentials: { accessKeyId: 'ASIA', sessionToken: 'token', expiration: 'Jul 18, 2014 4:07:39 PM' },
    tags: [{ key: 'Team', value: 'x' }],
  })
})
