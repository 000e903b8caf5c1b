import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerStage, configText, person, start, whoIs } from '../../../test/contracts/broker-stage.ts'
import { Failure } from '../../model/failure.ts'
import type { RevocationTarget } from '../../model/revocation.ts'
import { openApprovals } from '../approvals/approvals.ts'
import type { IssueOutcome } from '../broker.ts'
import { openIssuer } from './issue.ts'
import { sessionNameOf, sourceIdentityOf, tagsOf } from './names.ts'

const ann = person('ann', ['developers'])
const bob = person('bob', ['leads'])
const from = { sourceIp: '10.0.0.1' }
const codeOf = (outcome: IssueOutcome): string => (outcome.allowed ? 'allowed' : outcome.code)

async function kinds(ledger: Awaited<ReturnType<typeof brokerStage>>['ledger']): Promise<string[]> {
  const list: string[] = []
  for await (const { event } of ledger.events()) list.push(event.kind)
  return list
}

test('a session is issued under a name of its own, with its source identity, and both rows are there', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  const outcome = await issuer.issue(ann, { role: 'reader', duration: 3600, ...from })
  assert.ok(outcome.allowed)
  const { session, credentials } = outcome
  assert.equal(
    await whoIs(stage, credentials),
    `arn:aws:sts::111122223333:assumed-role/reader/ann@example.com-${session.id}`,
  )
  assert.equal(credentials.expiration.getTime(), start.getTime() + 3_600_000)
  const kept = await stage.ledger.session(session.id)
  assert.deepEqual(kept, session)
  assert.equal(kept?.userId?.split(':')[1], session.sessionName)
  assert.deepEqual(await kinds(stage.ledger), ['intent', 'issued'])
  const told = [...stage.sandbox.cloud.sessions.values()].find(
    ({ accessKeyId }) => accessKeyId === credentials.accessKeyId,
  )
  assert.equal(told?.sourceIdentity, 'ann@example.com')
})

test('the intent is in the ledger before AWS is asked, and without it AWS is not asked', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  const seen: string[][] = []
  stage.between = async (request, next) => {
    seen.push(await kinds(stage.ledger))
    return next(request)
  }
  await issuer.issue(ann, { role: 'reader', ...from })
  assert.deepEqual(seen, [['intent']])
  await stage.ledger.close()
  await assert.rejects(
    issuer.issue(ann, { role: 'reader', ...from }),
    (error) => error instanceof Failure && error.code === 'ledger-down',
  )
  assert.equal(seen.length, 1)
})

test('a refusal of AWS or an AWS out of reach is an outcome too', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  await stage.iam({
    Action: 'UpdateAssumeRolePolicy',
    RoleName: 'reader',
    PolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    }),
  })
  assert.equal(codeOf(await issuer.issue(ann, { role: 'reader', ...from })), 'aws-refused')
  stage.between = async () => {
    throw Object.assign(new TypeError('fetch failed'), {
      cause: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
    })
  }
  assert.equal(codeOf(await issuer.issue(ann, { role: 'foreign', ...from })), 'aws-unreachable')
  assert.deepEqual(await kinds(stage.ledger), ['intent', 'failed', 'intent', 'failed'])
  assert.deepEqual((await stage.ledger.sessions({ state: 'pending' })).items, [])
})

test('who has no grant is told so, and AWS is not asked', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  stage.between = async () => assert.fail('AWS was asked')
  assert.equal(codeOf(await issuer.issue(person('guest', []), { role: 'reader', ...from })), 'no-grant')
  assert.deepEqual(await kinds(stage.ledger), ['denied'])
})

test('a session ends with the login even where AWS gives no shorter one', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  const soon = { ...ann, expiresAt: new Date(start.getTime() + 300_000) }
  const outcome = await issuer.issue(soon, { role: 'reader', ...from })
  assert.ok(outcome.allowed)
  assert.equal(outcome.credentials.expiration.getTime(), start.getTime() + 300_000)
  const target = [
    { name: 'list', at: 0 },
    { name: 'late', at: 301 },
  ]
  for (const { name, at } of target) {
    stage.later(at)
    const answer = await listBuckets(stage, outcome.credentials)
    assert.equal(answer, name === 'late' ? 403 : 200, name)
  }
})

test('a session that was revoked while AWS was asked is not handed out', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  stage.between = async (request, next) => {
    await stage.ledger.append([
      {
        kind: 'revoked',
        at: stage.now.getTime(),
        revocationId: 'v1',
        target: { kind: 'principal', principalId: ann.id },
        by: bob.id,
        byName: bob.name,
        reason: 'x',
        sessions: [],
      },
    ])
    return next(request)
  }
  assert.equal(codeOf(await issuer.issue(ann, { role: 'reader', ...from })), 'principal-revoked')
  stage.between = undefined
  assert.equal(codeOf(await issuer.issue(ann, { role: 'reader', ...from })), 'principal-revoked')
  stage.later(1)
  const again = { ...ann, authenticatedAt: stage.now }
  assert.equal(codeOf(await issuer.issue(again, { role: 'reader', ...from })), 'allowed')
})

test('an intent whose broker died is closed at the start, and a late outcome of it hands nothing out', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  const other = openIssuer(stage.parts, { alone: false })
  let closed = -1
  let early = -1
  stage.between = async (request, next) => {
    early = await other.recover()
    closed = await issuer.recover()
    return next(request)
  }
  assert.equal(codeOf(await issuer.issue(ann, { role: 'reader', ...from })), 'principal-revoked')
  assert.deepEqual([early, closed], [0, 1])
  const [session] = (await stage.ledger.sessions({})).items
  assert.equal(session?.state, 'failed')
  assert.equal(await issuer.recover(), 0)
})

test('what was approved is issued once; asking again needs asking again', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  const approvals = openApprovals(stage.parts)
  const wish = { role: 'admin', reason: 'disk full', ...from }
  assert.equal(codeOf(await issuer.issue(ann, wish)), 'approval-needed')
  assert.equal((await approvals.ask(ann, { ...wish, reason: '' })).allowed, false)
  const asked = await approvals.ask(ann, wish)
  assert.ok(asked.allowed)
  const requestId = asked.request.id
  const refusals = [
    await approvals.vote({ ...ann, groups: ['leads'] }, requestId, { approve: true }),
    await approvals.vote({ ...ann, id: 'other:ann', groups: ['leads'] }, requestId, { approve: true }),
    await approvals.vote(person('guest', []), requestId, { approve: true }),
    await approvals.vote(bob, 'rnone', { approve: true }),
  ]
  for (const refusal of refusals) assert.ok(!refusal.allowed && refusal.code === 'not-allowed')
  assert.equal(codeOf(await issuer.issue(ann, { ...wish, requestId })), 'request-not-approved')
  assert.ok((await approvals.vote(bob, requestId, { approve: true })).allowed)
  assert.equal((await approvals.vote(bob, requestId, { approve: false })).allowed, false)
  const both = await Promise.all([1, 2].map(() => issuer.issue(ann, { ...wish, reason: 'something else', requestId })))
  assert.deepEqual(both.map(codeOf).sort(), ['allowed', 'request-not-approved'])
  const [used] = (await stage.ledger.sessions({ state: 'issued' })).items
  assert.equal(used?.reason, 'disk full')
})

test('a refused request stays refused, and one that lapsed cannot be approved', async (t) => {
  const stage = await brokerStage(t)
  const approvals = openApprovals(stage.parts)
  const issuer = openIssuer(stage.parts, { alone: true })
  const wish = { role: 'admin', reason: 'disk full', ...from }
  const first = await approvals.ask(ann, wish)
  assert.ok(first.allowed)
  await approvals.vote(bob, first.request.id, { approve: false, reason: 'not today' })
  assert.equal(codeOf(await issuer.issue(ann, { ...wish, requestId: first.request.id })), 'request-not-approved')
  const second = await approvals.ask(ann, wish)
  assert.ok(second.allowed)
  stage.later(3600)
  assert.equal((await approvals.vote(bob, second.request.id, { approve: true })).allowed, false)
})

test('rules that are made stricter hold for what waits, and for what was approved and not used', async (t) => {
  const stage = await brokerStage(t)
  const approvals = openApprovals(stage.parts)
  const issuer = openIssuer(stage.parts, { alone: true })
  const wish = { role: 'admin', reason: 'disk full', ...from }
  const [approved, waiting] = [await approvals.ask(ann, wish), await approvals.ask(ann, wish)]
  assert.ok(approved.allowed && waiting.allowed)
  assert.ok((await approvals.vote(bob, approved.request.id, { approve: true })).allowed)
  stage.configure(configText().replace('approvals: { count: 1', 'approvals: { count: 2'))
  const spent = await issuer.issue(ann, { ...wish, requestId: approved.request.id })
  assert.ok(!spent.allowed && spent.code === 'request-not-approved')
  assert.match(spent.because, /has changed since/)
  const voted = await approvals.vote(bob, waiting.request.id, { approve: true })
  assert.match(voted.allowed ? 'allowed' : voted.because, /has changed since/)
  const anew = await approvals.ask(ann, wish)
  assert.equal(anew.allowed && anew.request.needed, 2)
  stage.configure(
    configText().replace('admins, to: { groups: [developers] }, role: admin, longest: 1h', '$&, usual: 30m'),
  )
  assert.equal(codeOf(await issuer.issue(ann, { ...wish, requestId: approved.request.id })), 'allowed')
})

test('what AWS issues in the very second of a revocation, and would deny for its whole life, is not handed out', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  const revoke = (target: RevocationTarget) =>
    stage.ledger.append([
      {
        ...{
          kind: 'revoked',
          at: stage.now.getTime(),
          revocationId: `v${stage.now.getTime()}`,
          target,
          by: 'x',
          byName: 'x',
        },
        ...{ reason: 'leaked', sessions: [] },
      },
    ])
  const wish = { role: 'reader', ...from }
  const proven = () => person('ann', ['developers'], stage.now)
  for (const target of [
    { kind: 'role', role: 'reader' },
    { kind: 'principal', principalId: ann.id },
    { kind: 'everything' },
  ] as const) {
    stage.later(1.2 - (stage.now.getTime() % 1000) / 1000)
    await revoke(target)
    stage.later(0.3)
    const dead = await issuer.issue(proven(), wish)
    assert.ok(!dead.allowed && dead.code === 'aws-refused')
    assert.match(dead.because, /second of the revocation v\d+\. Ask again/)
    const [last] = (await stage.ledger.sessions({ limit: 1 })).items
    assert.equal(last?.state, 'failed')
    stage.later(0.5)
    assert.ok((await issuer.issue(proven(), wish)).allowed, 'the second is over')
  }
  stage.later(0.2)
  await revoke({ kind: 'role', role: 'admin' })
  await revoke({ kind: 'principal', principalId: bob.id })
  assert.ok((await issuer.issue(proven(), wish)).allowed, 'that was another role, and another person')
})

test('breaking the glass needs no approval and leaves an alert', async (t) => {
  const stage = await brokerStage(t)
  const issuer = openIssuer(stage.parts, { alone: true })
  assert.equal(codeOf(await issuer.issue(ann, { role: 'admin', breakGlass: true, ...from })), 'reason-needed')
  assert.equal(codeOf(await issuer.issue(ann, { role: 'admin', breakGlass: true, reason: 'fire', ...from })), 'allowed')
  assert.deepEqual(await kinds(stage.ledger), ['denied', 'intent', 'alert', 'issued'])
})

test('names at AWS are ones it takes, tell sessions apart, and keep people recognisable', () => {
  assert.equal(sourceIdentityOf(ann), 'ann@example.com')
  // A name that somebody wrote themselves is not another's at AWS.
  assert.match(sourceIdentityOf({ ...ann, id: 'corp:7' }), /^ann@example\.com-[0-9a-f]{12}$/)
  const job = { id: 'github:repo:acme/app:ref:refs/heads/main', name: 'acme/app', kind: 'workload' } as const
  assert.match(sourceIdentityOf(job), /^acme-app-[0-9a-f]{12}$/)
  assert.notEqual(sourceIdentityOf(job), sourceIdentityOf({ ...job, id: 'gitlab:acme/app' }))
  assert.equal(sessionNameOf({ name: 'x'.repeat(100) }, `s${'a'.repeat(18)}`).length, 64)
  const tags = tagsOf(
    { who: `\${name}`, team: `\${claims.team}`, none: `\${claims.none}`, odd: 'a<b' },
    { ...ann, claims: { team: ['a', 'b'] } },
  )
  assert.deepEqual(tags, { who: 'ann@example.com', team: 'a/b', odd: 'a_b' })
})

async function listBuckets(
  stage: Awaited<ReturnType<typeof brokerStage>>,
  key: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
): Promise<number> {
  const { S3Client, ListBucketsCommand } = await import('@aws-sdk/client-s3')
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: stage.sandbox.endpoint,
    credentials: key,
    forcePathStyle: true,
    systemClockOffset: stage.now.getTime() - Date.now(),
    maxAttempts: 1,
  })
  return client.send(new ListBucketsCommand({})).then(
    () => 200,
    (error) => error.$metadata?.httpStatusCode ?? 0,
  )
}
