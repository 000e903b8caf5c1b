import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { keptChainFault } from '../../src/broker/verify-ledger.ts'
import { configText, person, whoIs } from '../contracts/broker-stage.ts'
import { type Postgres, postgresSkip, startPostgres } from '../contracts/postgres.ts'
import { type RunningBroker, runningBroker } from '../contracts/running-broker.ts'
import { until } from '../contracts/until.ts'

const ann = person('ann', ['developers'])
const bob = person('bob', ['leads'])
const eve = person('eve', ['security'])
const reader = { role: 'reader' }

const isSts = (request: Request): Promise<boolean> =>
  request
    .clone()
    .text()
    .then((text) => text.includes('Action=AssumeRole'))

const refusal = (code: string, status: number): Response =>
  new Response(`<ErrorResponse><Error><Code>${code}</Code><Message>${code}</Message></Error></ErrorResponse>`, {
    status,
  })

/** No intent is open, and the chain is whole. */
async function isClosed({ broker }: RunningBroker): Promise<void> {
  assert.deepEqual((await broker.ledger.sessions({ state: 'pending' })).items, [])
  assert.equal(await keptChainFault(broker.ledger), undefined)
}

describe('when STS fails', { concurrency: true }, () => {
  test('a slow one is waited for, and whoever asked others is not', async (t) => {
    const running = await runningBroker(t)
    const { stage, call, tokenOf } = running
    const token = await tokenOf(ann)
    const asked = Promise.withResolvers<void>()
    const gate = Promise.withResolvers<void>()
    stage.between = async (request, next) => {
      if (await isSts(request)) {
        asked.resolve()
        await gate.promise
      }
      return next(request)
    }
    const slow = call('/v1/sessions', { token, body: reader })
    await asked.promise
    assert.equal((await call('/v1/me', { token })).status, 200)
    assert.equal((await call('/v1/sessions', { token })).body.items[0].state, 'pending')
    gate.resolve()
    assert.equal((await slow).status, 201)
    await isClosed(running)
  })

  for (const isGone of [false, true])
    test(`a session that is revoked while AWS is asked is never handed out, ${isGone ? 'and AWS goes away' : 'and AWS issues it'}`, async (t) => {
      const running = await runningBroker(t)
      const { stage, call, tokenOf } = running
      const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
      let go = (): void => undefined
      const gate = new Promise<void>((resolve) => {
        go = resolve
      })
      stage.between = async (request, next) => {
        const isHeld = await isSts(request)
        const answer = await next(request)
        if (isHeld) await gate
        if (isGone) throw new TypeError('fetch failed')
        return answer
      }
      const asked = call('/v1/sessions', { token, body: reader })
      await until(async () => (await call('/v1/sessions', { token: admin })).body.items.length, 'the intent')
      const body = { target: { kind: 'principal', principalId: ann.id }, reason: 'left' }
      const revoking = call('/v1/revocations', { token: admin, body })
      await until(async () => (await call('/v1/me', { token })).status === 401, 'the barrier')
      go()
      const answer = await asked
      assert.equal(answer.body.error.code, 'principal-revoked')
      assert.equal(answer.body.credentials, undefined)
      assert.equal((await revoking).status, 200)
      await isClosed(running)
    })

  test('a busy one is asked again, one that stays so or is gone is told of, and the next request is served', async (t) => {
    const running = await runningBroker(t)
    const { stage, call, tokenOf } = running
    const token = await tokenOf(ann)
    let calls = 0
    stage.between = async (request, next) =>
      (await isSts(request)) && ++calls === 1 ? refusal('Throttling', 400) : next(request)
    assert.equal((await call('/v1/sessions', { token, body: reader })).status, 201)
    assert.equal(calls, 2)
    for (const fault of [
      async () => refusal('Throttling', 400),
      async () => refusal('ServiceUnavailable', 503),
      () => Promise.reject(new TypeError('fetch failed')),
    ]) {
      stage.between = async (request, next) => ((await isSts(request)) ? fault() : next(request))
      const refused = await call('/v1/sessions', { token, body: reader })
      assert.equal(refused.status, 503)
      assert.equal(refused.body.error.code, 'aws-unreachable')
    }
    stage.between = async (request, next) => ((await isSts(request)) ? refusal('AccessDenied', 403) : next(request))
    assert.equal((await call('/v1/sessions', { token, body: reader })).body.error.code, 'aws-refused')
    stage.between = async (request, next) =>
      (await isSts(request)) ? new Response('<html>sign in to the wifi</html>') : next(request)
    assert.equal((await call('/v1/sessions', { token, body: reader })).body.error.code, 'aws-refused')
    stage.between = undefined
    assert.equal((await call('/v1/sessions', { token, body: reader })).status, 201)
    const states = (await call('/v1/sessions', { token })).body.items.map(({ state }: { state: string }) => state)
    assert.deepEqual(states.sort(), ['failed', 'failed', 'failed', 'failed', 'failed', 'issued', 'issued'])
    await isClosed(running)
  })
})

describe('when the clock steps', { concurrency: true }, () => {
  test('forward, logins and sessions end; back, nothing that ended is let in by a proof from before a revocation', async (t) => {
    const running = await runningBroker(t)
    const { stage, call, tokenOf } = running
    const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
    assert.equal((await call('/v1/sessions', { token, body: reader })).status, 201)
    const noon = stage.now
    stage.later(9 * 3600)
    assert.equal((await call('/v1/me', { token })).status, 401)
    assert.deepEqual((await running.broker.ledger.sessions({ liveAt: stage.now.getTime() })).items, [])
    stage.now = noon
    assert.equal((await call('/v1/me', { token })).status, 200, 'a clock that was wrong for a while ends nobody')
    const body = { target: { kind: 'principal', principalId: ann.id }, reason: 'left' }
    assert.equal((await call('/v1/revocations', { token: admin, body })).status, 200)
    stage.later(-3600)
    assert.equal((await call('/v1/me', { token })).status, 401)
    // Signed in by the clock that is behind: refused, rather than let in by mistake.
    const early = await tokenOf(person('ann', ['developers'], stage.now))
    assert.equal((await call('/v1/sessions', { token: early, body: reader })).status, 401)
    const others = await tokenOf(person('carl', ['developers'], stage.now))
    assert.equal((await call('/v1/sessions', { token: others, body: reader })).status, 201, 'others go on')
    stage.later(2 * 3600)
    const anew = await tokenOf(person('ann', ['developers'], stage.now))
    assert.equal((await call('/v1/sessions', { token: anew, body: reader })).status, 201)
    await isClosed(running)
  })

  test('over the end of the hours of a grant, it is closed, and open again when the clock is set right', async (t) => {
    const hours = 'hours: { days: [sat], from: "08:00", to: "18:00", zone: UTC }'
    const config = configText().replace('role: reader, longest: 4h }', `role: reader, longest: 4h, ${hours} }`)
    const { stage, call, tokenOf } = await runningBroker(t, { config })
    const token = await tokenOf(ann)
    const ask = async () => (await call('/v1/sessions', { token, body: reader })).status
    assert.equal(await ask(), 201)
    stage.later(7 * 3600)
    assert.equal(await ask(), 403)
    stage.later(-7 * 3600)
    assert.equal(await ask(), 201)
  })

  test('while AWS is asked, the session ends with the login all the same', async (t) => {
    const running = await runningBroker(t)
    const { stage, call } = running
    const token = await running.tokenOf(
      person('ann', ['developers'], stage.now, { expiresAt: new Date(stage.now.getTime() + 1_800_000) }),
    )
    stage.between = async (request, next) => {
      const answer = await next(request)
      stage.later(600)
      return answer
    }
    const { session } = (await call('/v1/sessions', { token, body: reader })).body
    assert.equal(session.expiresAt, '2026-11-21T12:30:00.000Z')
  })
})

describe('on one PostgreSQL', { skip: postgresSkip, concurrency: true }, () => {
  const start = async (t: TestContext): Promise<Postgres> => {
    const postgres = await startPostgres()
    t.after(postgres.stop)
    return postgres
  }

  test('a database that is gone stops every answer, and all goes on when it is back: issuing, listening', async (t) => {
    const own = await start(t)
    const running = await runningBroker(t, { database: await own.database() })
    const { call, tokenOf, url, stage } = running
    const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
    assert.equal((await call('/v1/sessions', { token, body: reader })).status, 201)
    const stream = await fetch(`${url}/v1/stream`, { headers: { Authorization: `Bearer ${admin}` } })
    let text = ''
    const reading = (async () => {
      for await (const piece of stream.body?.pipeThrough(new TextDecoderStream()) ?? []) text += piece
    })()
    await until(() => text.includes('hello'), 'the stream')
    let asked = 0
    stage.between = async (request, next) => {
      asked++
      return next(request)
    }
    await own.interrupt()
    for (const body of [reader, undefined]) {
      const refused = await call('/v1/sessions', { token, ...(body ? { body } : {}) })
      assert.equal(refused.status, 503, refused.text)
      assert.equal(refused.body.error.code, 'ledger-down')
    }
    const target = { kind: 'principal', principalId: ann.id }
    assert.equal((await call('/v1/revocations', { token: admin, body: { target, reason: 'x' } })).status, 503)
    assert.equal((await call('/healthz')).status, 200)
    assert.equal((await call('/readyz')).status, 503)
    assert.equal(asked, 0, 'no row, no call')
    await own.resume()
    await until(async () => (await call('/readyz')).status === 200, 'the database')
    const issued = await call('/v1/sessions', { token, body: reader })
    assert.equal(issued.status, 201, issued.text)
    await until(() => text.includes(issued.body.session.id), 'what comes after, on the stream that was open')
    assert.equal((await call('/v1/revocations', { token: admin, body: { target, reason: 'x' } })).status, 200)
    assert.doesNotMatch(text, /event: end/)
    await isClosed(running)
    await running.broker.close()
    await reading.catch(() => undefined)
  })

  test('a database that goes while AWS is asked: nothing is handed out, and the intent is closed when it is back', async (t) => {
    const own = await start(t)
    const running = await runningBroker(t, { database: await own.database() })
    const { call, tokenOf, stage } = running
    const token = await tokenOf(ann)
    stage.between = async (request, next) => {
      const answer = await next(request)
      await own.interrupt()
      return answer
    }
    const lost = await call('/v1/sessions', { token, body: reader })
    assert.equal(lost.body.error.code, 'ledger-down')
    assert.doesNotMatch(lost.text, /secretAccessKey|ASIA/)
    stage.between = undefined
    await own.resume()
    await until(async () => (await call('/readyz')).status === 200, 'the database')
    assert.equal((await running.broker.ledger.sessions({ state: 'pending' })).items.length, 1)
    assert.equal((await call('/v1/sessions', { token, body: reader })).status, 201)
  })

  test('two brokers issue and revoke at once: one chain, an approval is used once, every denial holds', async (t) => {
    const own = await start(t)
    const database = await own.database()
    const one = await runningBroker(t, { database })
    const two = await runningBroker(t, { database, beside: one })
    const brokers = [one, two]
    const people = Array.from({ length: 8 }, (_, place) => person(`p${place}`, ['developers']))
    const [anns, bobs] = await Promise.all(brokers.map((broker) => broker.tokenOf(ann)))
    const asked = await one.call('/v1/requests', { token: anns ?? '', body: { role: 'admin', reason: 'x' } })
    const vote = { token: await two.tokenOf(bob), body: { approve: true } }
    assert.equal((await two.call(`/v1/requests/${asked.body.id}/votes`, vote)).body.state, 'approved')
    const body = { role: 'admin', reason: 'x', requestId: asked.body.id }
    const uses = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((place) =>
        (place % 2 ? one : two).call('/v1/sessions', { token: (place % 2 ? anns : bobs) ?? '', body }),
      ),
    )
    assert.deepEqual(uses.map(({ status }) => status).sort(), [201, 403, 403, 403, 403, 403])
    const issued = await Promise.all(
      people.map(async (who, place) => {
        const at = place % 2 ? one : two
        return (await at.call('/v1/sessions', { token: await at.tokenOf(who), body: reader })).body
      }),
    )
    const revoked = await Promise.all(
      issued.slice(0, 6).map(async ({ session }, place) => {
        const at = place % 2 ? two : one
        const target = { kind: 'session', sessionId: session.id }
        return at.call('/v1/revocations', { token: await at.tokenOf(eve), body: { target, reason: 'x' } })
      }),
    )
    for (const { body: told } of revoked)
      assert.equal(told.reach.find(({ place }: { place: string }) => place === 'aws')?.effect, 'denied')
    const policy = await one.stage.iam({ Action: 'GetRolePolicy', RoleName: 'reader', PolicyName: 'MayflyRevoked' })
    for (const [place, { session }] of issued.entries())
      assert.equal(decodeURIComponent(policy).includes(session.userId), place < 6, session.userId)
    assert.match(await whoIs(one.stage, issued[7].credentials), /p7/)
    const barred = { target: { kind: 'principal', principalId: people[7]?.id }, reason: 'x' }
    assert.equal((await one.call('/v1/revocations', { token: await one.tokenOf(eve), body: barred })).status, 200)
    const token = await two.tokenOf(people[7] ?? ann)
    assert.equal((await two.call('/v1/sessions', { token, body: reader })).status, 401)
    await isClosed(two)
  })
})
