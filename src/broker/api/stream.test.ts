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
  const open = async (
    principal: Principal,
    isStillIn = async () => true,
    { after, ...most }: { readonly after?: number; readonly waiting?: number; readonly replayed?: number } = {},
  ): Promise<Response> => {
    const app = new OpenAPIHono<CallerEnv>()
    app.onError((error, c) => answerError(error, c, parts.log))
    app.use((c, next) => {
      c.set('principal', principal)
      c.set('isStillIn', isStillIn)
      return next()
    })
    streamRoute(app, { ...parts, hub }, { waiting: 5000, replayed: 10_000, ...most })
    return app.request(`/v1/stream${after === undefined ? '' : `?after=${after}`}`)
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

/** Rows of a person's logins. */
const happens = (stage: Awaited<ReturnType<typeof streams>>['stage'], principal: Principal, count: number) =>
  stage.ledger.append(
    Array.from({ length: count }, () => ({
      ...({ kind: 'login', at: stage.now.getTime(), principalId: principal.id, name: principal.name } as const),
      ...{ authenticator: 'corp', sourceIp: '10.0.0.1' },
    })),
  )

/** What a stream tells until it ends: the numbers of its rows, the last id, and how it ended. */
async function allOf({
  body,
}: Response): Promise<{ readonly rows: number[]; readonly id: number; readonly end: string }> {
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
  const events = text
    .split('\n\n')
    .map((event) => Object.fromEntries(event.split('\n').map((line) => line.split(': ', 2))))
  const ids = events.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]))
  return {
    rows: events.flatMap(({ event, id }) => (event === 'row' ? [Number(id)] : [])),
    id: ids.at(-1) ?? Number.NaN,
    end: events.findLast(({ event }) => event !== undefined)?.event ?? '',
  }
}

test('the past is told a piece at a time, and whoever goes on from its end misses nothing, however little is theirs', {
  timeout: 20_000,
}, async (t) => {
  const { stage, open } = await streams(t)
  for (let turn = 0; turn < 5; turn++) {
    await happens(stage, bob, 20)
    await happens(stage, ann, 1)
  }
  const seen: number[] = []
  let after = 0
  for (let turn = 0; turn < 10; turn++) {
    const told = await allOf(await open(ann, undefined, { after, replayed: 10 }))
    assert.equal(told.end, 'more')
    assert.equal(told.id, after + 10)
    seen.push(...told.rows)
    after = told.id
  }
  assert.deepEqual(seen, [21, 42, 63, 84])
  const { body } = await open(ann, undefined, { after, replayed: 10 })
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes('id: 105')) break
  }
  assert.ok(!text.includes('more'), 'the end of the past is not cut')
})

test('a reader that is too slow is cut off without a gap, and goes on from there', { timeout: 20_000 }, async (t) => {
  const { stage, open } = await streams(t)
  await happens(stage, ann, 30)
  const seen: number[] = []
  let after = 0
  for (let turn = 0; seen.length < 90; turn++) {
    const slow = await open(ann, undefined, { after, waiting: 5 })
    // Nobody reads, and meanwhile more happens than may wait.
    for (let more = 0; more < 20 && turn < 3; more++) await happens(stage, ann, 1)
    const reader = slow.body?.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    while (!/event: more/.test(text) && (text.match(/event: row/g)?.length ?? 0) + seen.length < 90) {
      const { value, done } = (await reader?.read()) ?? { done: true }
      if (done) break
      text += value
    }
    await reader?.cancel()
    const ids = [...text.matchAll(/event: (?:row|more)\n(?:data: .*\n)?id: (\d+)/g)].map(([, id]) => Number(id))
    seen.push(...[...text.matchAll(/event: row\n(?:data: .*\n)?id: (\d+)/g)].map(([, id]) => Number(id)))
    after = ids.at(-1) ?? after
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 90 }, (_, place) => place + 1),
  )
})

test('where the ledger has gone back behind what somebody saw, they hear of what comes all the same', {
  timeout: 20_000,
}, async (t) => {
  const { stage, open } = await streams(t)
  await happens(stage, ann, 3)
  const { body } = await open(ann, undefined, { after: 1_000_000 })
  await happens(stage, ann, 1)
  let text = ''
  for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    if (text.includes('event: row')) break
  }
  assert.match(text, /id: 4/)
})
