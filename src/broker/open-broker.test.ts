import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { person, whoIs } from '../../test/contracts/broker-stage.ts'
import { runningBroker } from '../../test/contracts/running-broker.ts'

const ann = person('ann', ['developers'])
const bob = person('bob', ['leads'])
const eve = person('eve', ['security'])

test('a session is issued, seen and revoked, and AWS denies it from then on', async (t) => {
  const { call, tokenOf, stage } = await runningBroker(t)
  const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
  const issued = await call('/v1/sessions', { token, body: { role: 'reader', duration: 3600 } })
  assert.equal(issued.status, 201, issued.text)
  const { session, credentials } = issued.body
  assert.match(await whoIs(stage, credentials), /assumed-role\/reader\/ann@example\.com-s/)
  const listed = await call('/v1/sessions?live=true', { token: admin })
  assert.deepEqual(
    listed.body.items.map(({ id }: { id: string }) => id),
    [session.id],
  )
  const rehearsed = await call('/v1/revocations', {
    token: admin,
    body: { target: { kind: 'session', sessionId: session.id }, reason: 'lost', dryRun: true },
  })
  assert.equal(rehearsed.body.dryRun, true)
  assert.equal((await call(`/v1/sessions/${session.id}`, { token })).body.session.state, 'issued')
  const revoked = await call('/v1/revocations', {
    token: admin,
    body: { target: { kind: 'session', sessionId: session.id }, reason: 'lost' },
  })
  assert.equal(revoked.status, 200, revoked.text)
  assert.deepEqual(
    revoked.body.reach.map(({ place, effect }: { place: string; effect: string }) => [place, effect]),
    [
      ['broker', 'refused'],
      ['aws', 'denied'],
    ],
  )
  const story = await call(`/v1/sessions/${session.id}`, { token })
  assert.equal(story.body.session.state, 'revoked')
  assert.deepEqual(
    story.body.events.map(({ event }: { event: { kind: string } }) => event.kind),
    ['intent', 'issued', 'revoked', 'reached', 'reached'],
  )
  assert.match(story.body.events[0].event.at, /^2026-/)
  assert.doesNotMatch(
    story.text + listed.text + revoked.text,
    new RegExp(credentials.secretAccessKey.replace(/[+/]/g, '\\$&')),
  )
})

test('somebody sees their own sessions only, and ends no other', async (t) => {
  const { call, tokenOf } = await runningBroker(t)
  const [anns, carls] = [await tokenOf(ann), await tokenOf(person('carl', ['developers']))]
  const { session } = (await call('/v1/sessions', { token: anns, body: { role: 'reader' } })).body
  assert.deepEqual((await call('/v1/sessions?principal=corp:ann@example.com', { token: carls })).body.items, [])
  assert.equal((await call(`/v1/sessions/${session.id}`, { token: carls })).status, 404)
  const body = { target: { kind: 'session', sessionId: session.id }, reason: 'x' }
  assert.equal((await call('/v1/revocations', { token: carls, body })).body.error.code, 'not-allowed')
  assert.equal(
    (await call('/v1/revocations', { token: await tokenOf(bob), body: { ...body, target: { kind: 'everything' } } }))
      .status,
    403,
  )
  assert.equal((await call('/v1/revocations', { token: anns, body })).status, 200)
})

test('without a login, or with a broken one, nothing is told', async (t) => {
  const { call, tokenOf, stage } = await runningBroker(t)
  const token = await tokenOf(ann)
  assert.equal((await call('/v1/me')).status, 401)
  assert.equal((await call('/v1/me', { token: `${token.slice(0, -4)}AAAA` })).status, 401)
  assert.equal((await call('/v1/me', { token })).body.principal.id, ann.id)
  stage.later(8 * 3600)
  assert.equal((await call('/v1/me', { token })).status, 401)
})

test('that a way to sign in is broken everybody learns, and why only an admin', async (t) => {
  const { call, tokenOf } = await runningBroker(t)
  const seen = async (token?: string) => (await call('/v1/authenticators', token === undefined ? {} : { token })).body
  const broken = { name: 'corp', kind: 'oidc', broken: true }
  while (!(await seen())[0].broken) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.deepEqual(await seen(), [broken])
  assert.deepEqual(await seen('no.login.ofours'), [broken])
  assert.deepEqual(await seen(await tokenOf(bob)), [broken], 'who sees all is not who runs it')
  const [{ because, ...rest }] = await seen(await tokenOf(eve))
  assert.deepEqual(rest, broken)
  assert.match(because, /127\.0\.0\.1:9/)
})

test('a revoked login is refused at its next call, and its stream ends', async (t) => {
  const { call, tokenOf, url } = await runningBroker(t)
  const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
  const { session } = (await call('/v1/sessions', { token, body: { role: 'reader' } })).body
  const stream = await fetch(`${url}/v1/stream`, { headers: { Authorization: `Bearer ${token}` } })
  const told = readAll(stream)
  while (!told.text.includes('hello')) await new Promise((resolve) => setTimeout(resolve, 5))
  const revoked = await call('/v1/revocations', {
    token: admin,
    body: { target: { kind: 'principal', principalId: ann.id }, reason: 'left' },
  })
  assert.equal(revoked.status, 200, revoked.text)
  await told.ended
  assert.match(told.text, new RegExp(`event: revoked\\ndata: .*${session.id}`))
  assert.equal((await call('/v1/me', { token })).body.error.code, 'principal-revoked')
})

test('a stream tells of what one may see, and goes on behind the row that was seen last', async (t) => {
  const { call, tokenOf, url } = await runningBroker(t)
  const [anns, carls] = [await tokenOf(ann), await tokenOf(person('carl', ['developers']))]
  await call('/v1/sessions', { token: anns, body: { role: 'reader' } })
  await call('/v1/sessions', { token: carls, body: { role: 'reader' } })
  const stream = await fetch(`${url}/v1/stream`, {
    headers: { Authorization: `Bearer ${carls}`, 'Last-Event-ID': '0' },
  })
  const told = readAll(stream)
  while (!told.text.includes('"issued"')) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.doesNotMatch(told.text, /ann@example\.com/)
  assert.match(told.text, /"carl@example\.com"/)
  await told.stop()
})

test('an agent that is connected drops its copies, and the answer says how fast', async (t) => {
  const { call, tokenOf, url } = await runningBroker(t)
  const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
  const { session } = (await call('/v1/sessions', { token, body: { role: 'reader' } })).body
  const told = readAll(
    await fetch(`${url}/v1/stream`, { headers: { Authorization: `Bearer ${token}`, 'X-Mayfly-Agent': 'laptop' } }),
  )
  while (!told.text.includes('hello')) await new Promise((resolve) => setTimeout(resolve, 5))
  const begun = performance.now()
  const revoking = call('/v1/revocations', {
    token: admin,
    body: { target: { kind: 'session', sessionId: session.id }, reason: 'x' },
  })
  while (!told.text.includes('event: revoked')) await new Promise((resolve) => setTimeout(resolve, 2))
  const { revocationId, sessions } = JSON.parse(/event: revoked\ndata: (.*)/.exec(told.text)?.[1] ?? '')
  assert.equal(
    (await call('/v1/agents/acks', { token, body: { revocationId, agent: 'laptop', sessions } })).status,
    200,
  )
  const agent = (await revoking).body.reach.find(({ place }: { place: string }) => place === 'agent')
  assert.equal(agent.effect, 'dropped')
  assert.equal(agent.where, 'laptop')
  assert.ok(agent.took >= 0 && agent.took <= performance.now() - begun)
  await told.stop()
})

test('a request is asked for, approved and used, and each step is told', async (t) => {
  const { call, tokenOf } = await runningBroker(t)
  const [anns, bobs] = [await tokenOf(ann), await tokenOf(bob)]
  const body = { role: 'admin', reason: '<script>alert(1)</script>' }
  assert.equal((await call('/v1/sessions', { token: anns, body })).body.error.code, 'approval-needed')
  const asked = await call('/v1/requests', { token: anns, body })
  assert.equal(asked.status, 201, asked.text)
  const waiting = (await call('/v1/requests?state=waiting', { token: bobs })).body
  assert.equal(waiting[0].reason, '<script>alert(1)</script>')
  assert.equal(
    (await call(`/v1/requests/${asked.body.id}/votes`, { token: anns, body: { approve: true } })).status,
    403,
  )
  assert.equal(
    (await call(`/v1/requests/${asked.body.id}/votes`, { token: bobs, body: { approve: true } })).body.state,
    'approved',
  )
  const issued = await call('/v1/sessions', { token: anns, body: { ...body, requestId: asked.body.id } })
  assert.equal(issued.status, 201, issued.text)
  const story = (await call(`/v1/sessions/${issued.body.session.id}`, { token: anns })).body.events
  assert.deepEqual(
    story.map(({ event }: { event: { kind: string } }) => event.kind),
    ['asked', 'voted', 'intent', 'issued'],
  )
})

test('a body that is not what it must be is told of, and reaches nobody', async (t) => {
  const { call, tokenOf } = await runningBroker(t)
  const token = await tokenOf(ann)
  for (const body of [
    'not json',
    '{"role":1}',
    '{"role":"reader","extra":1}',
    '{"role":"reader","duration":-1}',
    '[]',
  ]) {
    const refused = await call('/v1/sessions', { token, body })
    assert.equal(refused.status, 400, body)
    assert.equal(refused.body.error.code, 'malformed')
  }
  assert.equal((await call('/v1/sessions', { token, body: { role: '../../etc' } })).body.error.code, 'no-grant')
  assert.equal((await call('/v1/sessions?cursor=x', { token })).status, 400)
})

test('a cookie counts from its own page only, and another name for this host is refused', async (t) => {
  const { call, tokenOf, broker } = await runningBroker(t)
  const cookie = `mayfly=${await tokenOf(ann)}`
  assert.equal((await call('/v1/me', { headers: { Cookie: cookie } })).status, 200)
  const body = { role: 'reader' }
  assert.equal((await call('/v1/sessions', { body, headers: { Cookie: cookie } })).status, 403)
  assert.equal(
    (
      await call('/v1/sessions', {
        body,
        headers: { Cookie: cookie, Origin: 'https://evil.example', 'X-Mayfly-Csrf': '1' },
      })
    ).status,
    403,
  )
  assert.equal(
    (
      await call('/v1/sessions', {
        body,
        headers: { Cookie: cookie, Origin: 'http://127.0.0.1:8484', 'X-Mayfly-Csrf': '1' },
      })
    ).status,
    201,
  )
  const rebound = await new Promise<number | undefined>((resolve) =>
    request({ host: '127.0.0.1', port: broker.port, path: '/v1/me', headers: { Host: 'evil.example' } }, (answer) =>
      resolve(answer.statusCode),
    ).end(),
  )
  assert.equal(rebound, 421)
})

test('it tells its documents, its health and its figures, and no page is framed', async (t) => {
  const { call, tokenOf, broker, stage } = await runningBroker(t)
  const document = (await call('/openapi.json')).body
  for (const path of [
    '/v1/sessions',
    '/v1/revocations',
    '/v1/requests/{id}/votes',
    '/v1/grants',
    '/v1/alerts',
    '/v1/ledger',
    '/v1/stream',
  ])
    assert.ok(document.paths[path], path)
  assert.ok((await call('/schema.json')).body.properties.grants)
  assert.equal((await call('/readyz')).body.ok, true)
  await call('/v1/me', { token: await tokenOf(ann) })
  const metrics = (await call('/metrics')).text
  assert.match(metrics, /mayfly_ledger_rows \d/)
  assert.match(metrics, /mayfly_authenticator_up\{authenticator="corp"\} [01]/)
  const alert = { alertId: 'a1', alert: 'two-networks', text: 'x' } as const
  await broker.ledger.append([{ kind: 'alert', at: stage.now.getTime(), ...alert }])
  while (!/mayfly_alerts_total\{alert="two-networks"\} 1/.test((await call('/metrics')).text));
  assert.equal((await call('/metrics', { headers: { 'X-Forwarded-For': '127.0.0.1' } })).status, 403)
  assert.match(metrics, /mayfly_http_request_seconds_count\{route="\/v1\/me",status="200"\} 1/)
  const { headers } = await call('/healthz')
  assert.match(headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  const grants = (await call('/v1/grants', { token: await tokenOf(ann) })).body
  assert.deepEqual(
    grants.map(({ grant, allowed, code }: { grant: string; allowed: boolean; code?: string }) => [
      grant,
      allowed,
      code,
    ]),
    [
      ['readers', true, undefined],
      ['foreigners', true, undefined],
      ['admins', false, 'reason-needed'],
      ['glass', false, 'reason-needed'],
    ],
  )
})

function readAll(answer: Response): {
  text: string
  readonly ended: Promise<void>
  readonly stop: () => Promise<void>
} {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  const told = { text: '', ended: Promise.resolve(), stop: async () => void (await reader?.cancel()) }
  told.ended = (async () => {
    for (;;) {
      const piece = await reader?.read()
      if (!piece || piece.done) return
      told.text += piece.value
    }
  })()
  return told
}

test('of a revocation that ends the sessions of many, one who does not see all hears of their own', async (t) => {
  const { call, tokenOf, url } = await runningBroker(t)
  const carl = person('carl', ['developers'])
  const [anns, carls, admin] = [await tokenOf(ann), await tokenOf(carl), await tokenOf(eve)]
  const own = (await call('/v1/sessions', { token: carls, body: { role: 'reader' } })).body.session.id
  const other = (await call('/v1/sessions', { token: anns, body: { role: 'reader' } })).body.session.id
  const told = readAll(await fetch(`${url}/v1/stream`, { headers: { Authorization: `Bearer ${carls}` } }))
  while (!told.text.includes('hello')) await new Promise((resolve) => setTimeout(resolve, 5))
  await call('/v1/revocations', { token: admin, body: { target: { kind: 'role', role: 'reader' }, reason: 'x' } })
  while (!told.text.includes('"reached"')) await new Promise((resolve) => setTimeout(resolve, 5))
  assert.ok(told.text.includes(own))
  assert.ok(!told.text.includes(other))
  await told.stop()
})

/** What a list has, page after page. */
async function pages(
  call: (
    path: string,
    options: { readonly token: string },
  ) => Promise<{ readonly headers: Headers; readonly body: { readonly id: string }[] }>,
  first: string,
  token: string,
): Promise<string[][]> {
  const all: string[][] = []
  for (let path: string | undefined = first; path !== undefined; ) {
    const { headers, body }: Awaited<ReturnType<typeof call>> = await call(path, { token })
    all.push(body.map(({ id }) => id))
    path = /^<(\/v1\/[^>]+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
  }
  return all
}

test('who may see few of very many requests sees them, and who sees all gets them page by page', async (t) => {
  const { call, tokenOf, broker, stage } = await runningBroker(t)
  const body = { role: 'admin', reason: 'disk full' }
  const own = (await call('/v1/requests', { token: await tokenOf(ann), body })).body
  const known = await broker.ledger.request(own.id)
  assert.ok(known)
  const name = (n: number): string => `r${String(n).replace(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')}`
  const others = Array.from({ length: 1200 }, (_, n) => ({
    ...({ kind: 'asked', at: stage.now.getTime() } as const),
    request: {
      ...known,
      id: name(n),
      principalId: 'corp:dan@example.com',
      askedAt: known.askedAt + 1 + n,
      grant: 'other',
    },
  }))
  await broker.ledger.append(others)
  for (const [who, path] of [
    [ann, '/v1/requests'],
    [person('lou', ['leads']), '/v1/requests?state=waiting'],
  ] as const)
    assert.deepEqual((await pages(call, path, await tokenOf(who))).flat(), [own.id], path)
  const seen = await pages(call, '/v1/requests', await tokenOf(eve))
  assert.ok(seen.length > 1)
  assert.deepEqual(seen.flat(), [...others.map(({ request }) => request.id).reverse(), own.id])
  assert.deepEqual(await pages(call, '/v1/requests?mine=true', await tokenOf(eve)), [[]])
  assert.equal((await call(`/v1/requests/${own.id}`, { token: await tokenOf(ann) })).body.id, own.id)
  assert.equal((await call(`/v1/requests/${others[0]?.request.id}`, { token: await tokenOf(ann) })).status, 404)
})

test('alerts come page by page, each with how it was closed', async (t) => {
  const { call, tokenOf, broker, stage } = await runningBroker(t)
  const at = stage.now.getTime()
  const ids = Array.from({ length: 1100 }, (_, n) => `a${n}`)
  await broker.ledger.append(
    ids.map((alertId) => ({ kind: 'alert', at, alertId, alert: 'unknown-session', text: `alert ${alertId}` })),
  )
  const token = await tokenOf(eve)
  assert.equal((await call('/v1/alerts/a3/close', { token, body: { reason: 'known' } })).status, 200)
  assert.equal((await call('/v1/alerts/none/close', { token, body: { reason: 'known' } })).status, 404)
  const seen = await pages(call, '/v1/alerts', token)
  assert.deepEqual(
    seen.map(({ length }) => length),
    [500, 500, 100],
  )
  assert.deepEqual(seen.flat(), [...ids].reverse())
  const last = (await call('/v1/alerts?cursor=6', { token })).body
  assert.deepEqual(
    last.map(({ id, closed }: { id: string; closed?: { reason: string } }) => [id, closed?.reason]).slice(0, 3),
    [
      ['a3', 'known'],
      ['a2', undefined],
      ['a1', undefined],
    ],
  )
  assert.equal((await call('/v1/alerts?cursor=x', { token })).status, 400)
})
