import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, configText } from '../../../test/contracts/broker-stage.ts'
import { until } from '../../../test/contracts/until.ts'
import { ann, eve, type WatchStage, watchStage } from './stage.test.ts'
import { openWatch, type Watched } from './watch.ts'

const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`

/** Takes in records as if CloudTrail had brought them now. */
const given = (stage: WatchStage, ...records: readonly object[]): Promise<Watched> =>
  openWatch({
    ...stage.parts,
    read: async function* () {
      yield {
        records: records.map((record, place) => ({
          ...{ eventID: `e${place}`, eventTime: stage.now.toISOString(), sourceIPAddress: '198.51.100.7', ...record },
        })),
        settle: () => undefined,
      }
    },
  }).once()

const used = (roleArn: string, name: string, more: object = {}): object => ({
  eventSource: 'iam.amazonaws.com',
  eventName: 'ListUsers',
  userIdentity: {
    type: 'AssumedRole',
    principalId: `AROAEXAMPLE:${name}`,
    arn: `arn:aws:sts::${account}:assumed-role/${roleArn.slice(roleArn.lastIndexOf('/') + 1)}/${name}`,
    accountId: account,
    accessKeyId: 'ASIAEXAMPLEEXAMPLE12',
    sessionContext: {
      sessionIssuer: { type: 'Role', arn: roleArn },
      attributes: { creationDate: '2026-11-21T11:30:00Z', mfaAuthenticated: 'false' },
    },
    ...more,
  },
})

const issued = (roleArn: string, name: string, userIdentity: object): object => ({
  eventSource: 'sts.amazonaws.com',
  eventName: 'AssumeRole',
  userIdentity,
  requestParameters: { roleArn, roleSessionName: name, durationSeconds: 3600 },
  responseElements: {
    credentials: { accessKeyId: 'ASIAEXAMPLEEXAMPLE12', expiration: 'Nov 21, 2026 1:00:00 PM' },
    assumedRoleUser: { assumedRoleId: `AROAEXAMPLE:${name}` },
  },
})

test('a session of Identity Center is found by its use, and revoking it names the means there are', async (t) => {
  const stage = await watchStage(t)
  const arn = `arn:aws:iam::${account}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef`
  assert.deepEqual(await given(stage, used(arn, 'bob@example.com')), { events: 1, found: 1, alerts: 0 })
  const [session] = await stage.found()
  assert.deepEqual(
    [session?.operation, session?.principalName, session?.roleArn, session?.principalId],
    ['GetRoleCredentials', 'bob@example.com', arn, `aws:${arn}`],
  )
  // When it ends is not told: at the latest when none lives longer.
  assert.equal(session?.expiresAt, Date.UTC(2026, 10, 21, 23, 30))
  const outcome = await stage.revoker.revoke({ kind: 'session', sessionId: session?.id ?? '' }, eve, 'left the company')
  assert.ok(outcome.allowed)
  const reach = outcome.revocation.reach.find(({ place }) => place === 'aws')
  assert.equal(reach?.effect, 'runs-until-expiry')
  assert.match(reach?.how ?? '', /identitystore:userId/)
})

test('a federated user is found, and ended by a policy on the user who federated them', async (t) => {
  const stage = await watchStage(t)
  const Policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
  const credentials = await stage.sts(stage.admin, 'GetFederationToken', { Name: 'contractor', Policy })
  assert.equal(await stage.look(credentials), 'done')
  assert.equal((await stage.watch.once()).found, 1)
  const [session] = await stage.found()
  assert.deepEqual(
    [session?.operation, session?.sessionName, session?.roleArn, session?.principalId],
    ['GetFederationToken', 'contractor', '', `aws:arn:aws:iam::${account}:user/admin`],
  )
  assert.deepEqual((await stage.ledger.session(session?.id ?? ''))?.use?.calls, { 'cloudtrail:LookupEvents': 1 })
  await stage.revoker.revoke({ kind: 'session', sessionId: session?.id ?? '' }, eve, 'done here')
  assert.equal(await stage.look(credentials), 'AccessDeniedException')
  assert.equal(await stage.look(stage.admin), 'done')
})

test('what AWS services take for themselves is passed over, except on a role of ours', async (t) => {
  const lambda = { type: 'AWSService', invokedBy: 'lambda.amazonaws.com' }
  const stage = await watchStage(t)
  const own = await given(stage, used(role('function'), 'resize'), issued(role('function'), 'resize', lambda))
  assert.deepEqual(own, { events: 2, found: 0, alerts: 0 })
  const ours = await given(stage, issued(role('admin'), 'resize', lambda))
  assert.deepEqual(ours, { events: 1, found: 1, alerts: 1 })
  const other = await watchStage(t)
  const devices = { type: 'AWSService', invokedBy: 'credentials.iot.amazonaws.com' }
  assert.equal((await given(other, issued(role('device'), 'thing', devices))).found, 1)
})

test('a session that is over is not found any more', async (t) => {
  const stage = await watchStage(t)
  await stage.sts(stage.admin, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'mallory' })
  stage.later(3601)
  assert.equal((await stage.watch.once()).found, 0)
})

test("the broker's sessions for administering are its own business, and others of that role are not", async (t) => {
  const stage = await watchStage(t)
  const administrator = role('other')
  stage.configure(
    configText().replace('longest: 4h }\n  admin:', `longest: 4h, administrator: "${administrator}" }\n  admin:`),
  )
  const { credentials } = await stage.brokered()
  await stage.use(credentials)
  const first = await stage.watch.once()
  const second = await stage.watch.once()
  assert.deepEqual([first.found, second.found, second.alerts], [0, 0, 0])
  await stage.sts(stage.admin, 'AssumeRole', { RoleArn: administrator, RoleSessionName: 'mayfly-broker' })
  assert.equal((await stage.watch.once()).found, 1)
})

test('a session that was taken with one now revoked, and found later, raises an alert and can still be ended', async (t) => {
  const stage = await watchStage(t)
  const { credentials } = await stage.brokered('reader')
  const child = await stage.sts(credentials, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'onwards' })
  stage.later(10)
  await stage.revoker.revoke({ kind: 'principal', principalId: ann.id }, eve, 'laptop lost')
  assert.equal(await stage.use(child), 'done')
  await stage.watch.once()
  assert.deepEqual(await stage.alerts(), ['unknown-session'])
  for await (const { event } of stage.ledger.events({ kinds: ['alert'] }))
    assert.match(event.kind === 'alert' ? event.text : '', /taken with the revoked session s\w{18} of ann@example.com/)
  const target = { kind: 'principal', principalId: ann.id } as const
  const rehearsed = await stage.revoker.revoke(target, eve, 'and the rest', { dryRun: true })
  const real = await stage.revoker.revoke(target, eve, 'and the rest')
  assert.ok(rehearsed.allowed && real.allowed)
  assert.deepEqual([rehearsed.revocation.sessions, real.revocation.sessions], [1, 1])
  assert.equal(await stage.use(child), 'AccessDenied')
})

test('two that find one session at once write it once', async (t) => {
  const stage = await watchStage(t)
  await stage.sts(stage.admin, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'mallory' })
  const told = await Promise.all([openWatch(stage.parts).once(), openWatch(stage.parts).once()])
  assert.equal(told[0].found + told[1].found, 1)
  assert.deepEqual(await stage.alerts(), ['unknown-session'])
})

test('a watch that is started reads by itself, and reads no more once it is stopped', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered()
  await stage.use(credentials)
  stage.watch.start()
  stage.watch.start()
  await until(async () => (await stage.ledger.session(session.id))?.use, 'its use')
  await stage.watch.stop()
  assert.deepEqual((await stage.ledger.session(session.id))?.use?.calls, { 'iam:ListUsers': 1 })
})
