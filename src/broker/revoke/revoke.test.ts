import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, person } from '../../../test/contracts/broker-stage.ts'
import type { Reach, Revocation, RevocationTarget } from '../../model/revocation.ts'
import type { Session } from '../../model/session.ts'
import { openIssuer } from '../issue/issue.ts'
import { ann, eve, type WatchStage, watchStage } from '../watch/stage.test.ts'
import { openRevoker } from './revoke.ts'

const arn = (role: string): string => `arn:aws:iam::${account}:role/${role}`

async function revoke(stage: WatchStage, target: RevocationTarget, dryRun = false): Promise<Revocation> {
  const outcome = await stage.revoker.revoke(target, eve, 'test', { dryRun })
  assert.ok(outcome.allowed)
  return outcome.revocation
}

const atAws = ({ reach }: Revocation): readonly Reach[] => reach.filter(({ place }) => place === 'aws')

/** The policy on a role or user, or nothing. */
async function policyOn(stage: WatchStage, role: string, of = 'Role'): Promise<string | undefined> {
  const asked = { Action: `Get${of}Policy`, [`${of}Name`]: role, PolicyName: 'MayflyRevoked' }
  const text = await stage.iam(asked).catch((error: Error) => {
    assert.match(error.message, /NoSuchEntity/)
    return ''
  })
  const document = /<PolicyDocument>([^<]+)/.exec(text)?.[1]
  return document === undefined ? undefined : decodeURIComponent(document)
}

const delaying =
  (milliseconds: () => number, action: string): WatchStage['between'] =>
  async (request, next) => {
    const sent = await request.clone().text()
    if (sent.includes(`Action=${action}`)) await new Promise((resolve) => setTimeout(resolve, milliseconds()))
    return next(request)
  }

test('one session is denied, how fast is measured, and others of the same person and role go on', async (t) => {
  const stage = await watchStage(t)
  const one = await stage.brokered()
  const two = await stage.brokered()
  const begun = performance.now()
  const told = await revoke(stage, { kind: 'session', sessionId: one.session.id })
  const [reach] = atAws(told)
  assert.equal(reach?.effect, 'denied')
  assert.match(reach?.how ?? '', /a like session was denied$/)
  assert.ok(reach?.took !== undefined && reach.took >= 0 && reach.took <= performance.now() - begun)
  assert.deepEqual(reach?.sessions, [one.session.id])
  assert.equal(await stage.use(one.credentials), 'AccessDenied')
  assert.equal(await stage.use(two.credentials), 'done')
  assert.deepEqual((await stage.ledger.revocation(told.id))?.reach, told.reach)
})

test('a person falls with every session, and is let in anew', async (t) => {
  const stage = await watchStage(t)
  const one = await stage.brokered('reader')
  const others = [await stage.brokered('reader'), await stage.brokered('reader')]
  await revoke(stage, { kind: 'principal', principalId: ann.id })
  for (const { credentials } of [one, ...others]) assert.equal(await stage.use(credentials), 'AccessDenied')
  assert.equal(await stage.revoker.isRevoked(ann.id, ann.authenticatedAt), true)
  stage.later(2)
  const issuer = openIssuer(stage.parts, { alone: true })
  const again = person('ann', ['developers'], stage.now)
  const issued = await issuer.issue(again, { role: 'reader', sourceIp: '10.0.0.1' })
  assert.ok(issued.allowed)
  assert.equal(await stage.use(issued.credentials), 'done')
  assert.equal(await stage.use(one.credentials), 'AccessDenied')
})

test('a role and everything fall up to an instant', async (t) => {
  const stage = await watchStage(t)
  const one = await stage.brokered('reader')
  stage.later(60)
  const before = stage.now.getTime()
  stage.later(60)
  const two = await stage.brokered('reader')
  await revoke(stage, { kind: 'role', role: arn('reader'), before })
  assert.deepEqual([await stage.use(one.credentials), await stage.use(two.credentials)], ['AccessDenied', 'done'])
  await revoke(stage, { kind: 'everything' })
  assert.equal(await stage.use(two.credentials), 'AccessDenied')
})

test('what AWS issued by a clock ahead of ours is denied all the same', async (t) => {
  const stage = await watchStage(t)
  const slow = { ...stage.parts, now: () => new Date(stage.now.getTime() - 4000) }
  const behind = { ...ann, authenticatedAt: new Date(ann.authenticatedAt.getTime() - 60_000) }
  for (const target of [
    { kind: 'role', role: 'reader' },
    { kind: 'principal', principalId: ann.id },
  ] as const) {
    const at = { ...behind, authenticatedAt: new Date(stage.now.getTime() - 1000) }
    const issuer = openIssuer(slow, { alone: true })
    const issued = [1, 2, 3].map(() => issuer.issue(at, { role: 'reader', sourceIp: '10.0.0.1' }))
    await Promise.all(issued)
    await openRevoker(slow, { tellAgents: async () => [], patience: 500 }).revoke(target, eve, 'test')
    for (const outcome of await Promise.all(issued)) {
      assert.ok(outcome.allowed)
      assert.equal(await stage.use(outcome.credentials), 'AccessDenied', target.kind)
    }
    stage.later(60)
  }
})

test("somebody else's session without a source identity falls with whoever took it", async (t) => {
  const stage = await watchStage(t)
  const take = (RoleSessionName: string) =>
    stage.sts(stage.admin, 'AssumeRole', { RoleArn: arn('reader'), RoleSessionName })
  const strays = [await take('mallory'), await take('mallory2'), await take('mallory3')]
  await stage.watch.once()
  const [session] = await stage.found()
  await revoke(stage, { kind: 'principal', principalId: session?.principalId ?? '' })
  for (const stray of strays) assert.equal(await stage.use(stray), 'AccessDenied')
})

test('a role that is not ours to write on runs on, and it says until when', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered('foreign')
  const [reach] = atAws(await revoke(stage, { kind: 'session', sessionId: session.id }))
  assert.equal(reach?.effect, 'runs-until-expiry')
  assert.equal(reach?.until, credentials.expiration.getTime())
  assert.match(reach?.how ?? '', /may not put policies on this role/)
  assert.equal(await stage.use(credentials), 'done')
  assert.equal(await policyOn(stage, 'foreign'), undefined)
})

test('a dry run changes nothing, and says of the same places what the real one then does', async (t) => {
  const stage = await watchStage(t)
  const one = await stage.brokered('reader')
  await stage.brokered('foreign')
  const before = await stage.ledger.head()
  const calls: string[] = []
  stage.between = async (request, next) => {
    calls.push(request.url)
    return next(request)
  }
  const rehearsed = await revoke(stage, { kind: 'principal', principalId: ann.id }, true)
  assert.deepEqual([await stage.ledger.head(), calls], [before, []])
  assert.equal(await stage.use(one.credentials), 'done')
  assert.equal(rehearsed.dryRun, true)
  const real = await revoke(stage, { kind: 'principal', principalId: ann.id })
  const places = ({ reach }: Revocation): readonly object[] =>
    reach.map(({ place, where, effect, sessions, until }) => ({
      place,
      where,
      effect,
      until,
      sessions: [...sessions].sort(),
    }))
  assert.deepEqual(places(rehearsed), places(real))
  assert.equal(rehearsed.sessions, real.sessions)
})

test('revokers that write at once, in one broker and in two, end with the union', async (t) => {
  const stage = await watchStage(t)
  const issued = await Promise.all(Array.from({ length: 6 }, () => stage.brokered()))
  const other = openRevoker(stage.parts, { tellAgents: async () => [], patience: 500 })
  let pause = 60
  stage.between = delaying(() => {
    pause -= 10
    return Math.max(0, pause)
  }, 'PutRolePolicy')
  await Promise.all(
    issued.map(({ session }, place) =>
      (place % 2 === 0 ? stage.revoker : other).revoke({ kind: 'session', sessionId: session.id }, eve, 'test'),
    ),
  )
  stage.between = undefined
  const policy = await policyOn(stage, 'reader')
  for (const { session, credentials } of issued) {
    assert.ok(policy?.includes(session.sessionName))
    assert.equal(await stage.use(credentials), 'AccessDenied')
  }
})

test('many revocations of one role at once share their writes', async (t) => {
  const stage = await watchStage(t)
  const issued = await Promise.all(Array.from({ length: 12 }, () => stage.brokered()))
  let puts = 0
  stage.between = delaying(() => {
    puts++
    return 20
  }, 'PutRolePolicy')
  await Promise.all(issued.map(({ session }) => revoke(stage, { kind: 'session', sessionId: session.id })))
  assert.ok(puts <= 6, `${puts} writes`)
})

test('tidying takes away what is over, on roles and on users, and writes only what changed', async (t) => {
  const stage = await watchStage(t)
  const { session } = await stage.brokered('reader')
  const user = await stage.sts(stage.admin, 'GetSessionToken', { DurationSeconds: 900 })
  await stage.watch.once()
  const [found] = await stage.found()
  assert.equal(found?.accessKeyId, user.accessKeyId)
  for (const sessionId of [session.id, found?.id ?? '']) await revoke(stage, { kind: 'session', sessionId })
  await stage.revoker.tidy()
  assert.match((await policyOn(stage, 'reader')) ?? '', /Deny/)
  assert.match((await policyOn(stage, 'admin', 'User')) ?? '', /Deny/)
  stage.later(1000)
  await stage.revoker.tidy()
  assert.match((await policyOn(stage, 'reader')) ?? '', /Deny/)
  assert.equal(await policyOn(stage, 'admin', 'User'), undefined)
  stage.later(3600)
  await stage.revoker.tidy()
  assert.equal(await policyOn(stage, 'reader'), undefined)
  stage.between = async () => assert.fail('nothing changed')
  await stage.revoker.tidy()
  assert.deepEqual(
    stage.log.filter((line) => /tidied/.test(line)),
    [],
  )
})

test('a denial that somebody takes off the role is put back', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered('reader')
  await revoke(stage, { kind: 'session', sessionId: session.id })
  await stage.iam({ Action: 'DeleteRolePolicy', RoleName: 'reader', PolicyName: 'MayflyRevoked' })
  await stage.revoker.tidy()
  assert.equal(await stage.use(credentials), 'done', 'nobody looks whether it is there')
  stage.later(300)
  await stage.revoker.tidy()
  assert.equal(await stage.use(credentials), 'AccessDenied')
})

test('an AWS that does not deny yet, or gives no canary, is not said to deny', async (t) => {
  const stage = await watchStage(t)
  const one = await stage.brokered()
  const revoker = openRevoker(stage.parts, { tellAgents: async () => [], patience: 200 })
  const effect = async (session: Session): Promise<string> => {
    const outcome = await revoker.revoke({ kind: 'session', sessionId: session.id }, eve, 'test')
    assert.ok(outcome.allowed)
    const [reach] = atAws(outcome.revocation)
    return `${reach?.effect}: ${reach?.how}`
  }
  const two = await stage.brokered()
  stage.between = async (request, next) =>
    (await request.clone().text()).includes('Action=PutRolePolicy')
      ? new Response('<PutRolePolicyResponse/>')
      : next(request)
  assert.match(await effect(one.session), /^unknown: .*was not denied yet/)
  stage.between = async (request, next) =>
    (await request.clone().text()).includes('Action=AssumeRole') ? new Response('', { status: 500 }) : next(request)
  assert.match(await effect(two.session), /^unknown: .*nothing could be tried/)
  assert.equal(await stage.use(two.credentials), 'AccessDenied')
})

test('a role that denies the probe by a policy of its own is not said to deny', async (t) => {
  const stage = await watchStage(t)
  const deaf = { Effect: 'Deny', Action: 'iam:*', Resource: '*' }
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [deaf] })
  await stage.iam({ Action: 'PutRolePolicy', RoleName: 'reader', PolicyName: 'deaf', PolicyDocument })
  const { session, credentials } = await stage.brokered('reader')
  const effect = async (): Promise<string> => {
    const [reach] = atAws(await revoke(stage, { kind: 'session', sessionId: session.id }))
    return `${reach?.effect}: ${reach?.how}`
  }
  stage.between = async (request, next) =>
    (await request.clone().text()).includes('Action=PutRolePolicy')
      ? new Response('<PutRolePolicyResponse/>')
      : next(request)
  assert.match(await effect(), /^unknown: .*denied before it did/)
  assert.equal(await stage.look(credentials), 'done')
})

test('a denial that another broker wrote meanwhile is one', async (t) => {
  const stage = await watchStage(t)
  const { session } = await stage.brokered('reader')
  const [one, other] = [1, 2].map(() => openRevoker(stage.parts, { tellAgents: async () => [], patience: 500 }))
  stage.between = async (request, next) => {
    const isCanary = (await request.clone().text()).includes('Action=AssumeRole')
    if (isCanary) await other?.tidy()
    return next(request)
  }
  const outcome = await one?.revoke({ kind: 'session', sessionId: session.id }, eve, 'test')
  assert.ok(outcome?.allowed)
  assert.equal(atAws(outcome.revocation)[0]?.effect, 'denied')
})

test('when AWS cannot be told the broker refuses all the same, and says what runs on', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered()
  stage.between = async (request, next) =>
    (await request.clone().text()).includes('Policy')
      ? new Response(
          '<ErrorResponse><Error><Code>LimitExceeded</Code><Message>too large</Message></Error></ErrorResponse>',
          { status: 409 },
        )
      : next(request)
  const told = await revoke(stage, { kind: 'principal', principalId: ann.id })
  stage.between = undefined
  assert.deepEqual(
    told.reach.map(({ place, effect }) => `${place} ${effect}`),
    ['broker refused', 'aws runs-until-expiry'],
  )
  assert.equal(atAws(told)[0]?.until, credentials.expiration.getTime())
  assert.equal((await stage.ledger.session(session.id))?.state, 'revoked')
  await stage.revoker.tidy()
  assert.equal(await stage.use(credentials), 'AccessDenied', 'tidying catches up')
})

test('what does not exist cannot be revoked, and what is revoked can be once more, as the dry run says', async (t) => {
  const stage = await watchStage(t)
  const missing = await stage.revoker.revoke({ kind: 'session', sessionId: 'snone' }, eve, 'x')
  assert.equal(missing.allowed ? '' : missing.code, 'not-allowed')
  const role = await stage.revoker.revoke({ kind: 'role', role: '../admin' }, eve, 'x')
  assert.equal(role.allowed ? '' : role.code, 'no-such-role')
  const { session } = await stage.brokered()
  const target = { kind: 'session', sessionId: session.id } as const
  await revoke(stage, target)
  const rehearsed = await revoke(stage, target, true)
  const again = await revoke(stage, target)
  assert.deepEqual([rehearsed.sessions, again.sessions], [1, 1])
  assert.equal(atAws(again)[0]?.effect, 'denied')
})

test('a session that is revoked by its time of issue is tried by a canary that was issued later', async (t) => {
  const stage = await watchStage(t)
  await stage.brokered()
  stage.later(60)
  const before = stage.now.getTime()
  stage.later(60)
  for (const target of [
    { kind: 'role', role: 'reader', before },
    { kind: 'everything', before: before + 1000 },
  ] as const) {
    const [reach] = atAws(await revoke(stage, target))
    assert.equal(reach?.effect ?? 'denied', 'denied', reach?.how ?? '')
  }
})
