import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configText, person } from '../contracts/broker-stage.ts'
import { runningBroker } from '../contracts/running-broker.ts'

const [ann, mallory] = [person('ann', ['developers']), person('mallory', ['developers'])]
const [lead, admin] = [person('bob', ['leads']), person('eve', ['security'])]

test('an approved request is spent and read by nobody but whom it was given to', async (t) => {
  const { call, tokenOf, broker } = await runningBroker(t)
  const [token, other] = [await tokenOf(ann), await tokenOf(mallory)]
  const wish = { role: 'admin', reason: 'INC-7' }
  const { id } = (await call('/v1/requests', { token, body: wish })).body
  await call(`/v1/requests/${id}/votes`, { token: await tokenOf(lead), body: { approve: true } })
  // Grants that need no approval must not take it along either.
  for (const body of [
    { role: 'reader', requestId: id },
    { role: 'admin', reason: 'fire', breakGlass: true, requestId: id },
  ])
    assert.equal((await call('/v1/sessions', { token: other, body })).body.error.code, 'request-not-approved')
  assert.equal((await broker.ledger.request(id))?.state, 'approved')
  assert.equal((await call('/v1/sessions', { token, body: { ...wish, requestId: id } })).status, 201)
})

test('a revocation of an instant to come locks nobody out; one of this instant is taken', async (t) => {
  const { call, tokenOf, stage } = await runningBroker(t)
  const token = await tokenOf(ann)
  const target = { kind: 'principal', principalId: ann.id }
  const body = { target: { ...target, before: '2099-01-01T00:00:00Z' }, reason: 'gone' }
  assert.equal((await call('/v1/revocations', { token, body })).body.error.code, 'malformed')
  assert.equal((await call('/v1/me', { token })).status, 200)
  const now = { target: { ...target, before: stage.now.toISOString() }, reason: 'gone' }
  assert.equal((await call('/v1/revocations', { token, body: now })).status, 200)
})

test('addresses that are made up become no labels of the metrics', async (t) => {
  const { call, tokenOf } = await runningBroker(t)
  const token = await tokenOf(ann)
  await call('/v1/made-up-outside')
  await call('/v1/made-up-within', { token })
  await call('/v1/requests/made-up-id/votes', { token, body: { approve: true } })
  await call('/v1/me', { token })
  const { text } = await call('/metrics')
  assert.doesNotMatch(text, /made-up/)
  assert.match(text, /route="\/v1\/me",status="200"/)
  assert.match(text, /route="\/v1\/requests\/:id\/votes"/)
})

test('nobody looks at their own break-glass, by whatever authenticator they come', async (t) => {
  const { call, tokenOf } = await runningBroker(t, {
    config: configText().replace(/^ {2}corp: .*$/m, '$&\n  other: { kind: aws, accounts: ["111122223333"] }'),
  })
  const both = person('eve', ['developers', 'security'])
  const again = { ...person('Eve', ['security']), id: 'other:7', authenticator: 'other' }
  const body = { role: 'admin', reason: 'fire', breakGlass: true }
  const { session } = (await call('/v1/sessions', { token: await tokenOf(both), body })).body
  const reason = { reason: 'all well' }
  const [alert] = (await call('/v1/alerts', { token: await tokenOf(admin) })).body
  for (const token of [await tokenOf(both), await tokenOf(again)]) {
    assert.equal((await call(`/v1/sessions/${session.id}/review`, { token, body: reason })).status, 403)
    assert.equal((await call(`/v1/alerts/${alert.id}/close`, { token, body: reason })).status, 403)
  }
  const token = await tokenOf(person('zoe', ['security']))
  assert.equal((await call(`/v1/sessions/${session.id}/review`, { token, body: reason })).status, 200)
  assert.equal((await call(`/v1/alerts/${alert.id}/close`, { token, body: reason })).status, 200)
})

test('somebody ends so many of their own sessions one by one, and rehearses; an admin goes on', async (t) => {
  const { call, tokenOf } = await runningBroker(t)
  const token = await tokenOf(ann)
  const { session } = (await call('/v1/sessions', { token, body: { role: 'foreign' } })).body
  const body = { target: { kind: 'session', sessionId: session.id }, reason: 'mine' }
  const statuses = await Promise.all(
    Array.from({ length: 61 }, async () => (await call('/v1/revocations', { token, body })).status),
  )
  assert.deepEqual([...new Set(statuses)].sort(), [200, 429])
  assert.equal(statuses.filter((status) => status === 429).length, 1)
  assert.equal((await call('/v1/revocations', { token, body: { ...body, dryRun: true } })).status, 200)
  assert.equal((await call('/v1/revocations', { token: await tokenOf(admin), body })).status, 200)
})

test('a job in a loop uses up its own share, asks AWS no more and writes no rows, and others are issued to', async (t) => {
  const { call, tokenOf, broker } = await runningBroker(t)
  const token = await tokenOf(ann)
  // Asks that are refused anyway count as well.
  const ask = async () => (await call('/v1/sessions', { token, body: { role: 'nothing' } })).status
  const statuses = await Promise.all(Array.from({ length: 300 }, ask))
  assert.deepEqual([...new Set(statuses)], [403])
  const { seq } = await broker.ledger.head()
  for (const path of ['/v1/sessions', '/v1/requests']) {
    const { status, body } = await call(path, { token, body: { role: 'reader', reason: 'INC-7' } })
    assert.equal(status, 429)
    assert.equal(body.error.code, 'rate-limited')
  }
  assert.equal((await broker.ledger.head()).seq, seq)
  const other = await call('/v1/sessions', { token: await tokenOf(mallory), body: { role: 'reader' } })
  assert.equal(other.status, 201)
})

test('a login is refused from the moment its authenticator leaves the configuration, and may not listen', async (t) => {
  const { call, tokenOf, stage, url } = await runningBroker(t)
  const token = await tokenOf(ann)
  const body = { role: 'reader' }
  assert.equal((await call('/v1/sessions', { token, body })).status, 201)
  stage.configure(configText().replace(/^ {2}corp: /m, '  another: '))
  assert.equal((await call('/v1/sessions', { token, body })).status, 401)
  assert.equal((await fetch(`${url}/v1/stream`, { headers: { Authorization: `Bearer ${token}` } })).status, 401)
})
