import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { authorizer } from './authorize.ts'
import { wholeBody } from './body.ts'
import { openCloud } from './cloud.ts'
import { accessDenied, Fault } from './fault.ts'
import { jsonService } from './json-service.ts'
import { makeCall, newTrail } from './make-call.ts'
import { operation } from './service.ts'
import { integer, required, text, timestamp } from './shape.ts'
import { nothingInside } from './stage.test.ts'
import { memoryStore } from './store.ts'

const service = jsonService({
  name: 'things',
  targetPrefix: 'Things_2026',
  skewMinutes: 5,
  codes: { ThingLimit: 'ThingLimitExceededException' },
  operations: {
    GetThing: operation({
      input: { Name: required(text({ max: 5 })), Count: integer(), Since: timestamp() },
      perform: ({ Name, Count, Since }) => ({
        Name,
        Count,
        At: Since,
        Parts: [{ At: new Date(1500) }, { Data: Buffer.from('hi') }],
      }),
    }),
    PutThing: operation({ input: { Password: text() }, perform: () => ({ Done: true }) }),
  },
})

function call(target: string, body: string, method = 'POST') {
  const store = memoryStore()
  const cloud = openCloud({ region: 'us-east-1', primaryAccount: '1', now: () => new Date(0), randomBytes, store })
  const trail = newTrail()
  const request = { method, target: '/', headers: [['X-Amz-Target', target]] as const }
  const incoming = { request, source: (async function* none() {})(), sourceIp: '' }
  const parts = {
    id: 'id',
    at: new Date(0),
    cloud,
    endpoint: '',
    incoming,
    authorize: authorizer(),
    trail,
    inside: nothingInside,
  }
  return { trail, answer: service.handle(makeCall(parts, { body: wholeBody(Buffer.from(body)) })) }
}

test('instants are epoch seconds and bytes base64, both ways and at any depth', async () => {
  const { status, headers, body } = await call('Things_2026.GetThing', '{"Name":"a","Count":2,"Since":1.25}').answer
  assert.deepEqual([status, headers['Content-Type']], [200, 'application/x-amz-json-1.1'])
  assert.deepEqual(JSON.parse(String(body)), { Name: 'a', Count: 2, At: 1.25, Parts: [{ At: 1.5 }, { Data: 'aGk=' }] })
})

test('operations that are not there, other targets and other methods are refused', async () => {
  for (const target of ['Things_2026.Get', 'Things_2025.GetThing', 'GetThing', '', 'Things_2026.constructor'])
    await assert.rejects(call(target, '{}').answer, { code: 'UnknownOperationException' }, target)
  await assert.rejects(call('Things_2026.GetThing', '', 'GET').answer, { code: 'UnknownOperationException' })
})

test('a body that is not an object of JSON is refused; none at all is an empty one', async () => {
  for (const body of ['{', '[]', 'null', '"x"', '5'])
    await assert.rejects(call('Things_2026.PutThing', body).answer, { code: 'SerializationException' }, body)
  assert.equal((await call('Things_2026.PutThing', '').answer).status, 200)
})

test('input that breaks a constraint is refused with every fault', async () => {
  await assert.rejects(call('Things_2026.GetThing', '{"Name":"too long","Count":"x"}').answer, {
    code: 'ValidationError',
    message: /^2 validation errors detected: Value 'too long' at 'name' failed .*; Value 'x' at 'count' failed/,
  })
})

test('the record of a change tells what was asked and answered, without the password', async () => {
  const { answer, trail } = call('Things_2026.PutThing', '{"Password":"hunter2"}')
  await answer
  assert.deepEqual(trail.record, { operation: 'PutThing', readOnly: false, responseElements: { done: true } })
})

test('refusals are spelt as JSON services spell them', () => {
  const refuse = (fault: Fault) => {
    const { status, body } = service.refuse(fault, 'id')
    return [status, JSON.parse(String(body))]
  }
  assert.deepEqual(refuse(accessDenied('no')), [400, { __type: 'AccessDeniedException', Message: 'no' }])
  assert.deepEqual(refuse(new Fault('ThingLimit', 400, 'full')), [
    400,
    { __type: 'ThingLimitExceededException', message: 'full' },
  ])
  assert.deepEqual(refuse(new Fault('InternalFailure', 500, 'oh')), [
    500,
    { __type: 'InternalServerError', message: 'oh' },
  ])
})
