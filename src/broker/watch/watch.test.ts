import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account } from '../../../test/contracts/broker-stage.ts'
import type { Reach } from '../../model/revocation.ts'
import { ann, eve, type WatchStage, watchStage } from './stage.test.ts'

const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`

/** What revoking one session reached at AWS. */
async function revoked(stage: WatchStage, sessionId: string): Promise<Reach | undefined> {
  const outcome = await stage.revoker.revoke({ kind: 'session', sessionId }, eve, 'test')
  assert.ok(outcome.allowed)
  return outcome.revocation.reach.find(({ place }) => place === 'aws')
}

test('what a brokered session is used for is told once: when, from where, which calls, and which were denied', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered()
  await stage.use(credentials)
  await stage.use(credentials)
  stage.later(60)
  await stage.use(credentials, 'ListRoles')
  await stage.iam({
    Action: 'PutRolePolicy',
    RoleName: 'reader',
    PolicyName: 'no',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Deny', Action: 'iam:ListGroups', Resource: '*' }],
    }),
  })
  assert.equal(await stage.use(credentials, 'ListGroups'), 'AccessDenied')
  assert.equal((await stage.watch.once()).alerts, 0)
  const expected = {
    lastAt: stage.now.getTime(),
    lastFrom: '127.0.0.1',
    addresses: ['127.0.0.1'],
    calls: { 'iam:ListUsers': 2, 'iam:ListRoles': 1, 'iam:ListGroups': 1 },
    denied: 1,
  }
  assert.deepEqual((await stage.ledger.session(session.id))?.use, expected)
  assert.deepEqual(await stage.watch.once(), { events: 0, found: 0, alerts: 0 })
  await stage.use(credentials)
  await stage.watch.once()
  const again = (await stage.ledger.session(session.id))?.use
  assert.equal(again?.calls['iam:ListUsers'], 3)
  assert.deepEqual(await stage.found(), [])
})

test('a session of a user is found, and ended by a policy on the user that spares the permanent key', async (t) => {
  const stage = await watchStage(t)
  const credentials = await stage.sts(stage.admin, 'GetSessionToken')
  assert.equal(await stage.look(credentials), 'done')
  assert.deepEqual(await stage.watch.once().then(({ found, alerts }) => ({ found, alerts })), { found: 1, alerts: 0 })
  const [session] = await stage.found()
  assert.ok(session)
  assert.equal(session.operation, 'GetSessionToken')
  assert.equal(session.roleArn, '')
  assert.equal(session.principalId, `aws:arn:aws:iam::${account}:user/admin`)
  assert.equal(session.expiresAt, stage.now.getTime() + 43_200_000)
  assert.deepEqual((await stage.ledger.session(session.id))?.use?.calls, { 'cloudtrail:LookupEvents': 1 })
  stage.later(5)
  const reach = await revoked(stage, session.id)
  assert.equal(reach?.where, `arn:aws:iam::${account}:user/admin`)
  assert.equal(await stage.look(credentials), 'AccessDeniedException')
  assert.equal(await stage.look(stage.admin), 'done')
  const later = await stage.sts(stage.admin, 'GetSessionToken')
  assert.equal(await stage.look(later), 'done')
})

test('a session that somebody took of a role of the configuration is found, told, and ended', async (t) => {
  const stage = await watchStage(t)
  const stray = await stage.sts(stage.admin, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'mallory' })
  const { session: own, credentials } = await stage.brokered('reader')
  assert.deepEqual(await stage.watch.once().then(({ found, alerts }) => ({ found, alerts })), { found: 1, alerts: 1 })
  const [session] = await stage.found()
  assert.ok(session)
  assert.deepEqual(
    [session.role, session.roleArn, session.sessionName, session.principalId, session.accessKeyId],
    ['admin', role('admin'), 'mallory', `aws:arn:aws:iam::${account}:user/admin`, stray.accessKeyId],
  )
  assert.deepEqual(await stage.alerts(), ['unknown-session'])
  await stage.use(stray)
  await stage.watch.once()
  assert.deepEqual(await stage.alerts(), ['unknown-session'])
  const reach = await revoked(stage, session.id)
  assert.equal(reach?.effect, 'denied')
  assert.equal(await stage.use(stray), 'AccessDenied')
  assert.equal(await stage.use(credentials), 'done')
  assert.equal((await stage.ledger.session(own.id))?.state, 'issued')
})

test('a session of a role that is not ours is found without an alert, and revoking it says that it runs on', async (t) => {
  const stage = await watchStage(t)
  const stray = await stage.sts(stage.admin, 'AssumeRole', { RoleArn: role('other'), RoleSessionName: 'bob' })
  assert.equal((await stage.watch.once()).alerts, 0)
  const [session] = await stage.found()
  assert.ok(session)
  const reach = await revoked(stage, session.id)
  assert.equal(reach?.effect, 'runs-until-expiry')
  assert.equal(reach?.until, stray.expiration.getTime())
  assert.equal(await stage.use(stray), 'done')
})

test('a session by certificate is found, and ended where the role is ours', async (t) => {
  const stage = await watchStage(t)
  const credentials = await stage.byCertificate()
  await stage.watch.once()
  const [session] = await stage.found()
  assert.ok(session)
  assert.deepEqual([session.operation, session.role, session.sourceIdentity], ['CreateSession', 'web', 'web-1'])
  assert.match(session.sessionName, /^[0-9a-f]{32}$/)
  assert.equal(await stage.use(credentials), 'done')
  const reach = await revoked(stage, session.id)
  // The role trusts Roles Anywhere only, so the broker has nothing to try there, and does not claim more.
  assert.equal(reach?.effect, 'unknown')
  assert.equal(await stage.use(credentials), 'AccessDenied')
})

test('a session taken with a brokered one is found, and falls with the person', async (t) => {
  const stage = await watchStage(t)
  const { session: parent, credentials } = await stage.brokered('reader')
  const child = await stage.sts(credentials, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'onwards' })
  const grandchild = await stage.sts(child, 'AssumeRole', { RoleArn: role('other'), RoleSessionName: 'further' })
  assert.equal((await stage.watch.once()).found, 2)
  const byName = new Map((await stage.found()).map((session) => [session.sessionName, session]))
  const found = byName.get('onwards')
  assert.equal(found?.sourceIdentity, ann.name)
  assert.equal(found?.parentAccessKeyId, parent.accessKeyId)
  assert.equal(byName.get('further')?.parentAccessKeyId, child.accessKeyId)
  assert.deepEqual((await stage.ledger.session(parent.id))?.use?.calls, { 'sts:AssumeRole': 1 })
  const outcome = await stage.revoker.revoke({ kind: 'principal', principalId: ann.id }, eve, 'laptop lost')
  assert.ok(outcome.allowed)
  assert.equal(outcome.revocation.sessions, 3)
  assert.equal(await stage.use(credentials), 'AccessDenied')
  assert.equal(await stage.use(child), 'AccessDenied')
  assert.equal(await stage.use(grandchild), 'done')
  const runsOn = outcome.revocation.reach.find(({ effect }) => effect === 'runs-until-expiry')
  assert.deepEqual(runsOn?.sessions, [byName.get('further')?.id])
})

test("the broker's own calls, its canaries among them, raise no alert, in whatever order they are told of", async (t) => {
  const stage = await watchStage(t)
  const { session } = await stage.brokered()
  assert.equal((await revoked(stage, session.id))?.effect, 'denied')
  assert.deepEqual(await stage.watch.once().then(({ found, alerts }) => ({ found, alerts })), { found: 0, alerts: 0 })
  const { session: other } = await stage.brokered()
  await stage.watch.once()
  stage.later(60)
  await revoked(stage, other.id)
  await stage.watch.once()
  assert.deepEqual(await stage.alerts(), [])
  assert.deepEqual(await stage.found(), [])
})

test('a canary whose use is told of before its issue raises no alert either', async (t) => {
  const stage = await watchStage(t)
  const { openWatch } = await import('./watch.ts')
  const { session } = await stage.brokered()
  stage.later(600)
  await revoked(stage, session.id)
  const calls = [...stage.sandbox.cloud.calls.values()].filter(({ operation }) => operation === 'ListAccountAliases')
  assert.ok(calls.length > 0)
  const told = await openWatch({
    ...stage.parts,
    read: async function* () {
      yield { records: calls.map(({ detail }) => detail), settle: () => undefined }
    },
  }).once()
  assert.deepEqual(told, { events: calls.length, found: 0, alerts: 0 })
})

test('a session that is named like a revoked one is found all the same when the broker did not take it', async (t) => {
  const stage = await watchStage(t)
  const { session } = await stage.brokered()
  await revoked(stage, session.id)
  await stage.sts(stage.admin, 'AssumeRole', {
    ...{ RoleArn: role('reader'), RoleSessionName: session.sessionName, DurationSeconds: 900 },
  })
  await stage.watch.once()
  assert.deepEqual(await stage.alerts(), ['unknown-session'])
})

test('a call that succeeds after the revocation raises an alert that says until when it may go on, once', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered('foreign')
  stage.later(10)
  await revoked(stage, session.id)
  stage.later(10)
  await stage.use(credentials)
  await stage.watch.once()
  await stage.use(credentials)
  await stage.watch.once()
  assert.deepEqual(await stage.alerts(), ['used-after-revocation'])
  for await (const { event } of stage.ledger.events({ kinds: ['alert'] }))
    assert.match(
      event.kind === 'alert' ? event.text : '',
      /^iam:ListUsers was done .* it runs until 2026-11-21T13:00:00/,
    )
})

test('a watch that begins anew counts nothing twice and finds nothing twice', async (t) => {
  const stage = await watchStage(t)
  const { openWatch } = await import('./watch.ts')
  const { session, credentials } = await stage.brokered()
  await stage.sts(stage.admin, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'mallory' })
  await stage.use(credentials)
  await stage.watch.once()
  stage.later(30)
  const next = await openWatch(stage.parts).once()
  assert.deepEqual({ found: next.found, alerts: next.alerts }, { found: 0, alerts: 0 })
  await stage.use(credentials)
  await openWatch(stage.parts).once()
  assert.deepEqual((await stage.ledger.session(session.id))?.use?.calls, { 'iam:ListUsers': 2 })
})

test('when CloudTrail refuses or the ledger is down nothing is lost: it is read again', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered()
  await stage.use(credentials)
  stage.between = async () =>
    new Response('{"__type":"ThrottlingException","message":"Rate exceeded"}', { status: 400 })
  await stage.watch.once()
  assert.ok(stage.log.some((line) => /CloudTrail could not be read/.test(line)))
  stage.between = undefined
  const { append } = stage.ledger
  Object.assign(stage.ledger, { append: async () => Promise.reject(new Error('the disk is full')) })
  await assert.rejects(stage.watch.once(), /the disk is full/)
  Object.assign(stage.ledger, { append })
  await stage.watch.once()
  assert.deepEqual((await stage.ledger.session(session.id))?.use?.calls, { 'iam:ListUsers': 1 })
})

test('a session that CloudTrail tells of only after its person was revoked is ended by that, and so is what was taken with it since', async (t) => {
  const stage = await watchStage(t)
  const { session: parent, credentials } = await stage.brokered('reader')
  const child = await stage.sts(credentials, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'onwards' })
  const other = await stage.sts(stage.admin, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'bystander' })
  stage.later(5)
  const order = await stage.revoker.revoke({ kind: 'principal', principalId: ann.id }, eve, 'laptop lost')
  assert.ok(order.allowed)
  assert.deepEqual([order.revocation.sessions, await stage.use(child)], [1, 'done'], 'nobody knows of it yet')
  stage.later(5)
  // Begun after the revocation, with a session that AWS denied too late.
  const late = await stage.sts(child, 'AssumeRole', { RoleArn: role('reader'), RoleSessionName: 'late' })
  const abroad = await stage.sts(child, 'AssumeRole', { RoleArn: role('other'), RoleSessionName: 'abroad' })
  await stage.watch.once()
  assert.equal(await stage.revoker.catchUp(), 3)
  assert.deepEqual(await Promise.all([child, late, abroad, other].map((key) => stage.use(key))), [
    ...['AccessDenied', 'AccessDenied'],
    ...['done', 'done'],
  ])
  const byName = new Map((await stage.found()).map((session) => [session.sessionName, session]))
  assert.deepEqual(
    ['onwards', 'late', 'abroad', 'bystander'].map((name) => byName.get(name)?.state),
    ['revoked', 'revoked', 'revoked', 'issued'],
  )
  const told = await stage.ledger.revocation(byName.get('onwards')?.revocationId ?? '')
  assert.equal(told?.by, eve.id)
  assert.match(
    told?.reason ?? '',
    new RegExp(`^found since, under the revocation ${order.revocation.id}: laptop lost$`),
  )
  assert.deepEqual(
    told?.reach.map(({ place, where, effect, sessions }) => [place, where, effect, sessions]),
    [
      ['broker', 'this broker', 'refused', [byName.get('onwards')?.id]],
      ['aws', role('admin'), 'denied', [byName.get('onwards')?.id]],
    ],
  )
  const lost = await stage.ledger.revocation(byName.get('abroad')?.revocationId ?? '')
  assert.match(lost?.reason ?? '', new RegExp(`^taken with the session ${byName.get('onwards')?.id}, `))
  assert.deepEqual(
    lost?.reach.filter(({ place }) => place === 'aws').map(({ effect, until }) => [effect, until]),
    [['runs-until-expiry', abroad.expiration.getTime()]],
  )
  assert.equal(await stage.revoker.catchUp(), 0, 'once')
  assert.equal((await stage.ledger.session(parent.id))?.revocationId, order.revocation.id)
})

test('what was taken with a single session before that one was revoked stays, and what was taken since does not', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered('reader')
  const before = await stage.sts(credentials, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'before' })
  stage.later(60)
  const since = await stage.sts(credentials, 'AssumeRole', { RoleArn: role('admin'), RoleSessionName: 'since' })
  const next = await stage.sts(since, 'AssumeRole', { RoleArn: role('reader'), RoleSessionName: 'next' })
  // As if AWS had denied it late: the row is there, and the sessions were taken after it.
  const order = { revocationId: 'v1', by: eve.id, byName: eve.name, reason: 'lost', sessions: [] }
  const target = { kind: 'session', sessionId: session.id } as const
  await stage.ledger.append([{ kind: 'revoked', at: stage.now.getTime() - 30_000, target, ...order }])
  stage.later(60)
  await stage.watch.once()
  assert.equal(await stage.revoker.catchUp(), 2)
  assert.deepEqual(await Promise.all([before, since, next].map((key) => stage.use(key))), [
    ...['done', 'AccessDenied', 'AccessDenied'],
  ])
})

test('a session that began after its person was revoked, of themselves anew, is not ended by that', async (t) => {
  const stage = await watchStage(t)
  await stage.brokered('reader')
  assert.ok((await stage.revoker.revoke({ kind: 'principal', principalId: ann.id }, eve, 'lost')).allowed)
  stage.later(60)
  const own = { RoleArn: role('admin'), RoleSessionName: 'anew', SourceIdentity: ann.name }
  const anew = await stage.sts(stage.admin, 'AssumeRole', own)
  await stage.watch.once()
  assert.equal(await stage.revoker.catchUp(), 0)
  assert.equal(await stage.use(anew), 'done')
})

test('a role’s revocation and that of everything end what is found later and began before, and nothing else', async (t) => {
  const stage = await watchStage(t)
  const take = (name: string, RoleSessionName: string) =>
    stage.sts(stage.admin, 'AssumeRole', { RoleArn: role(name), RoleSessionName })
  await take('admin', 'early')
  await take('reader', 'elsewhere')
  stage.later(5)
  assert.ok((await stage.revoker.revoke({ kind: 'role', role: 'admin' }, eve, 'leaked')).allowed)
  stage.later(5)
  await take('admin', 'later')
  await stage.watch.once()
  assert.equal(await stage.revoker.catchUp(), 1)
  const states = async () =>
    Object.fromEntries((await stage.found()).map(({ sessionName, state }) => [sessionName, state]))
  assert.deepEqual(await states(), { early: 'revoked', elsewhere: 'issued', later: 'issued' })
  await take('reader', 'hidden')
  stage.later(5)
  assert.ok((await stage.revoker.revoke({ kind: 'everything' }, eve, 'leaked')).allowed)
  await stage.watch.once()
  assert.equal(await stage.revoker.catchUp(), 1)
  assert.equal((await states()).hidden, 'revoked')
  await stage.watch.once()
  assert.equal((await stage.found()).length, 4, 'canaries of what others took are nobody’s sessions')
})
