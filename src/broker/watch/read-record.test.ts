import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readRecord } from './read-record.ts'
import { instantIn } from './trail-values.ts'

const at = '2026-11-21T10:00:00Z'
const noon = Date.UTC(2026, 10, 21, 10)
const account = '111122223333'
const roleArn = `arn:aws:iam::${account}:role/team/dev`

const base = { eventID: 'e1', eventTime: at, eventSource: 'sts.amazonaws.com', sourceIPAddress: '198.51.100.7' }
const user = {
  type: 'IAMUser',
  principalId: 'AIDAEXAMPLE',
  arn: `arn:aws:iam::${account}:user/ann`,
  accountId: account,
  accessKeyId: 'AKIAEXAMPLEEXAMPLE12',
}
const session = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:ann',
  arn: `arn:aws:sts::${account}:assumed-role/dev/ann`,
  accountId: account,
  accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
  sessionContext: {
    sessionIssuer: { type: 'Role', principalId: 'AROAEXAMPLE', arn: roleArn, accountId: account, userName: 'dev' },
    attributes: { creationDate: at, mfaAuthenticated: 'false' },
    sourceIdentity: 'ann@example.com',
  },
}
const assumed = {
  ...base,
  eventName: 'AssumeRole',
  userIdentity: user,
  requestParameters: { roleArn, roleSessionName: 'ann', durationSeconds: 3600, sourceIdentity: 'ann@example.com' },
  responseElements: {
    credentials: { accessKeyId: 'ASIAEXAMPLEEXAMPLE12', sessionToken: 'x', expiration: 'Nov 21, 2026 11:00:00 AM' },
    assumedRoleUser: { assumedRoleId: 'AROAEXAMPLE:ann', arn: session.arn },
  },
}

test('an instant is read in each of its spellings, and nothing else is', () => {
  for (const text of [
    at,
    '20261121T100000Z',
    '2026-11-21T10:00:00.000Z',
    'Nov 21, 2026 10:00:00 AM',
    'Nov 21, 2026, 10:00:00\u202fAM',
  ])
    assert.equal(instantIn(text), noon, text)
  assert.equal(instantIn('Jul 18, 2014 4:07:39 PM'), Date.UTC(2014, 6, 18, 16, 7, 39))
  assert.equal(instantIn('Nov 21, 2026 12:00:00 AM'), Date.UTC(2026, 10, 21))
  assert.equal(instantIn('Nov 21, 2026 12:00:00 PM'), Date.UTC(2026, 10, 21, 12))
  for (const text of ['', 'yesterday', '21.11.2026', 'Foo 21, 2026 10:00:00 AM', '2026-11-21'])
    assert.equal(instantIn(text), undefined, text)
})

test('an issue says what was issued, by whom and until when', () => {
  assert.deepEqual(readRecord(assumed)?.issued, {
    operation: 'AssumeRole',
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    accountId: account,
    roleArn,
    userId: 'AROAEXAMPLE:ann',
    sessionName: 'ann',
    sourceIdentity: 'ann@example.com',
    issuedAt: noon,
    expiresAt: noon + 3_600_000,
    by: user.arn,
    byUserId: 'AIDAEXAMPLE',
    byKeyId: 'AKIAEXAMPLEEXAMPLE12',
    from: '198.51.100.7',
  })
  assert.equal(readRecord(assumed)?.used, undefined, 'a permanent key is no session')
})

test('an issue that was refused, or tells of no key, issued nothing', () => {
  assert.equal(readRecord({ ...assumed, errorCode: 'AccessDenied', responseElements: null }), undefined)
  const permanent = { credentials: { ...assumed.responseElements.credentials, accessKeyId: 'AKIAEXAMPLEEXAMPLE12' } }
  assert.equal(readRecord({ ...assumed, responseElements: permanent }), undefined)
  assert.equal(
    readRecord({ ...assumed, eventSource: 's3express.amazonaws.com', eventName: 'CreateSession' }),
    undefined,
  )
})

test('a chain shows: the issue names the key of the session it was taken with, and is a use of that', () => {
  const record = readRecord({ ...assumed, userIdentity: session })
  assert.equal(record?.issued?.byKeyId, 'ASIAEXAMPLEEXAMPLE12')
  assert.equal(record?.used?.call, 'sts:AssumeRole')
})

test('the record in the other account tells of the issue, though hardly of who asked, and is no use', () => {
  const userIdentity = { type: 'AWSAccount', principalId: 'AROAOTHER:bob', accountId: '444455556666' }
  const record = readRecord({ ...assumed, userIdentity, sharedEventID: 's1', recipientAccountId: account })
  assert.equal(record?.issued?.by, 'AROAOTHER:bob')
  assert.equal(record?.issued?.accountId, account)
  assert.equal(record?.used, undefined)
})

test('Roles Anywhere tells of a session in either form', () => {
  const asked = { ...base, eventSource: 'rolesanywhere.amazonaws.com', eventName: 'CreateSession' }
  const requestParameters = { roleArn, durationSeconds: 1800 }
  const assumedRoleUser = { assumedRoleId: 'AROAEXAMPLE:0c3f5e', arn: session.arn }
  for (const responseElements of [
    { assumedRoleUser, accessKeyId: 'ASIAEXAMPLEEXAMPLE12', sourceIdentity: 'web-1' },
    {
      credentialSet: [
        { assumedRoleUser, credentials: { accessKeyId: 'ASIAEXAMPLEEXAMPLE12' }, sourceIdentity: 'web-1' },
      ],
    },
  ]) {
    const issued = readRecord({ ...asked, requestParameters, responseElements })?.issued
    assert.deepEqual(
      [issued?.operation, issued?.userId, issued?.sourceIdentity, issued?.expiresAt],
      ['CreateSession', 'AROAEXAMPLE:0c3f5e', 'web-1', noon + 1_800_000],
    )
  }
})

test('a use says whose session, since when, from where, what, and how it went', () => {
  const called = { ...base, eventSource: 'iam.amazonaws.com', eventName: 'ListUsers', userIdentity: session }
  assert.deepEqual(readRecord(called)?.used, {
    at: noon,
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    userId: 'AROAEXAMPLE:ann',
    sessionName: 'ann',
    accountId: account,
    roleArn,
    issuerArn: roleArn,
    sourceIdentity: 'ann@example.com',
    startedAt: noon,
    operation: 'AssumeRole',
    from: '198.51.100.7',
    byService: false,
    call: 'iam:ListUsers',
    outcome: 'done',
  })
  for (const [errorCode, outcome] of [
    ['AccessDenied', 'denied'],
    ['Client.UnauthorizedOperation', 'denied'],
    ['AccessDeniedException', 'denied'],
    ['NoSuchEntityException', 'failed'],
  ])
    assert.equal(readRecord({ ...called, errorCode })?.used?.outcome, outcome)
  const userIdentity = { ...session, invokedBy: 'cloudformation.amazonaws.com' }
  const byService = { ...called, userIdentity, sourceIPAddress: 'cloudformation.amazonaws.com' }
  assert.equal(readRecord(byService)?.used?.byService, true)
})

test('how a session was issued shows in its use', () => {
  const operation = (change: object, context: object = {}): string | undefined =>
    readRecord({
      ...{ ...base, eventSource: 'iam.amazonaws.com', eventName: 'ListUsers' },
      userIdentity: { ...session, ...change, sessionContext: { ...session.sessionContext, ...context } },
    })?.used?.operation
  const reserved = { arn: `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123` }
  assert.equal(operation({}), 'AssumeRole')
  assert.equal(operation({ type: 'IAMUser', principalId: 'AIDAEXAMPLE' }), 'GetSessionToken')
  assert.equal(operation({ type: 'FederatedUser', principalId: `${account}:bob` }), 'GetFederationToken')
  assert.equal(operation({ principalId: 'AROAEXAMPLE:0c3f5e9a' }), 'CreateSession')
  assert.equal(operation({}, { sessionIssuer: reserved }), 'GetRoleCredentials')
  assert.equal(operation({}, { webIdFederationData: { federatedProvider: 'x' } }), 'AssumeRoleWithWebIdentity')
})

test('a record without a key id is told by its user and its beginning, and without those not at all', () => {
  const called = { ...base, eventSource: 'iam.amazonaws.com', eventName: 'ListUsers' }
  const { accessKeyId: _, ...blank } = session
  assert.equal(readRecord({ ...called, userIdentity: blank })?.used?.accessKeyId, '')
  assert.equal(readRecord({ ...called, userIdentity: { ...blank, sessionContext: {} } }), undefined)
})

test('whatever a record holds, reading it does not fail, and its texts are on one line', () => {
  const nasty = { ...session, principalId: 'AROA:\u0000\n\u2028evil', sessionContext: { attributes: [] } }
  const record = readRecord({ ...base, eventName: '<b>\n', eventSource: '../x', userIdentity: nasty })
  assert.doesNotMatch(JSON.stringify(record), /\\n|\u2028|\\u0000|</)
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(...Object.keys(assumed)), (value, name) => {
      readRecord(value)
      readRecord({ ...assumed, userIdentity: session, [name]: value })
    }),
  )
})
