import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { OpenAPIHono } from '@hono/zod-openapi'
import { brokerStage, person } from '../../../test/contracts/broker-stage.ts'
import type { Principal } from '../../model/principal.ts'
import { openIssuer } from '../issue/issue.ts'
import type { CallerEnv } from '../logins/index.ts'
import { openHub } from './hub.ts'
import { answerError } from './problem.ts'
import { streamRoute } from './stream.ts'

const [ann, bob] = [person('ann', ['developers']), person('bob', ['developers'])]

/** The stream of whoever asks, without a door before it. */
async function streams(t: TestContext) {
  const stage = await brokerStage(t)
  const { parts, ledger } = stage
  const hub = openHub(ledger)
  t.after(hub.close)
  const open = async (principal: Principal, isStillIn = async () => true): Promise<Response> => {
    const app = new OpenAPIHono<CallerEnv>()
    app.onError((error, c) => answerError(error, c, parts.log))
    app.use((c, next) => {
      c.set('principal', principal)
      c.set('isStillIn', isStillIn)
      return next()
    })
    streamRoute(app, { ...parts, hub })
    return app.request('/v1/stream')
  }
  return { stage, hub, open }
}

test('one principal holds so many streams open and no more; others go on, and one that is closed makes room', async (t) => {
  const { hub, open } = await streams(t)
  const listener = { principal: ann, tell: () => undefined, end: () => undefined }
  const leave = Array.from({ length: 500 }, () => hub.join({ ...listener }))
  assert.equal((await open(ann)).status, 429)
  const others = await open(bob)
  leave[0]?.()
  const next = await open(ann)
  assert.deepEqual([others.status, next.status], [200, 200])
  for (const { body } of [others, next]) for await (const _ of body ?? []) break
})

test('what is revoked right after the answer began is told, whatever it takes to begin', async (t) => {
  const { stage, open } = await streams(t)
  const issued = await openIssuer(stage.parts, { alone: true }).issue(ann, { role: 'reader', sourceIp: '10.0.0.1' })
  assert.ok(issued.allowed)
  const { body } = await open(ann)
  assert.ok(body)
  const { id } = issued.session
  const target = { kind: 'session', sessionId: id } as const
  const by = { by: bob.id, byName: bob.name }
  await stage.ledger.append([
    { kind: 'revoked', at: stage.now.getTime(), revocationId: 'v1', target, ...by, reason: 'lost', sessions: [] },
  ])
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  for (let text = ''; !text.includes('event: revoked'); ) {
    const { value, done } = await reader.read()
    assert.ok(!done, text)
    text += value
  }
})

test('a stream ends at the next sign of life when its login was ended, and goes on while it counts', async (t) => {
  const { open, hub } = await streams(t)
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let clock = 0
  t.mock.method(performance, 'now', () => clock)
  let isIn = true
  const { body } = await open(ann, async () => isIn)
  assert.ok(body)
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  const next = async (wanted: string): Promise<void> => {
    for (let text = ''; !text.includes(wanted); ) {
      const reading = reader.read()
      await new Promise((resolve) => setImmediate(resolve))
      clock += 10_000
      t.mock.timers.tick(10_000)
      const { value, done } = await reading
      assert.ok(!done, `ended before ${wanted}`)
      text += value
    }
  }
  await next('still here')
  await next('still here')
  isIn = false
  await next('event: end')
  assert.equal((await reader.read()).done, true)
  assert.equal(hub.connected(), 0)
})
