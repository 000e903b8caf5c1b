import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { authorizer } from './authorize.ts'
import { wholeBody } from './body.ts'
import { openCloud } from './cloud.ts'
import { Fault } from './fault.ts'
import { makeCall, newTrail } from './make-call.ts'
import { queryService } from './query-service.ts'
import { type Caller, operation } from './service.ts'
import { list, text } from './shape.ts'
import { nothingInside } from './stage.test.ts'
import { memoryStore } from './store.ts'

const service = queryService({
  name: 'things',
  version: '2026-01-01',
  xmlns: 'https://things.example/doc/',
  skewMinutes: 15,
  operations: {
    ListThings: operation({
      input: { Names: list(text()) },
      perform: ({ Names }) => ({ Things: (Names ?? []).map((Name) => ({ Name, At: new Date(0) })), More: false }),
    }),
    DeleteThing: operation({ input: {}, perform: () => ({}) }),
    UpdateThing: operation({ input: {}, emptyResult: true, perform: () => ({}) }),
    GetSecret: operation({
      input: {},
      tellsAnswer: true,
      perform: () => ({ Credentials: { SecretAccessKey: 'hunter2', SessionToken: 'token' } }),
    }),
  },
})

const caller: Caller = { kind: 'root', accountId: '1', arn: 'arn:aws:iam::1:root', userId: '1', accessKeyId: 'AKIA' }

function call(body: string, target = '/', method = 'POST') {
  const store = memoryStore()
  const cloud = openCloud({ region: 'us-east-1', primaryAccount: '1', now: () => new Date(0), randomBytes, store })
  const trail = newTrail()
  const incoming = { request: { method, target, headers: [] }, source: (async function* none() {})(), sourceIp: '' }
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
  return { trail, answer: service.handle({ ...makeCall(parts, { body: wholeBody(Buffer.from(body)) }), caller }) }
}

const answered = async (action: string): Promise<unknown> =>
  (await call(`Action=${action}&Version=2026-01-01`).answer).body
const meta = '<ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>'

test('lists and instants are written as AWS writes them', async () => {
  assert.equal(
    await answered('ListThings&Names.member.1=a%26b'),
    `<ListThingsResponse xmlns="https://things.example/doc/"><ListThingsResult><Things><member><Name>a&amp;b</Name><At>1970-01-01T00:00:00Z</At></member></Things><More>false</More></ListThingsResult>${meta}</ListThingsResponse>`,
  )
})

test('an operation without an output has no result, one with an empty output an empty one', async () => {
  const head = (name: string) => `<${name}Response xmlns="https://things.example/doc/">`
  assert.equal(await answered('DeleteThing'), `${head('DeleteThing')}${meta}</DeleteThingResponse>`)
  const update = String(await answered('UpdateThing'))
  assert.match(update, /<UpdateThingResult(?:\/>|><\/UpdateThingResult>)<ResponseMetadata>/)
})

test('parameters come in the query or in the body, but none of them twice', async () => {
  const query = '/?Action=DeleteThing&Version=2026-01-01'
  assert.equal((await call('', query, 'GET').answer).status, 200)
  assert.equal((await call('Version=2026-01-01', '/?Action=DeleteThing').answer).status, 200)
  await assert.rejects(call('Action=ListThings', query).answer, { code: 'MalformedInput' })
})

test('broken parameters, no action, other methods and other paths are refused', async () => {
  await assert.rejects(call('Action=%zz').answer, { code: 'MalformedInput', status: 400 })
  await assert.rejects(call('Version=2026-01-01').answer, { code: 'MissingAction', status: 400 })
  await assert.rejects(call('Action.x=1').answer, { code: 'MissingAction' })
  await assert.rejects(call('', '/?Action=DeleteThing&Version=2026-01-01', 'PUT').answer, { status: 405 })
  await assert.rejects(call('Action=DeleteThing&Version=2026-01-01', '/x').answer, { status: 404 })
})

test('an action without a version is not found, in the words of AWS', async () => {
  await assert.rejects(call('Action=DeleteThing').answer, {
    code: 'InvalidAction',
    message: 'Could not find operation DeleteThing for version NO_VERSION_SPECIFIED',
  })
})

test('the record keeps session tokens and leaves out secret keys', async () => {
  const { answer, trail } = call('Action=GetSecret&Version=2026-01-01')
  await answer
  assert.deepEqual(trail.record.responseElements, { credentials: { sessionToken: 'token' } })
})

test('a refusal tells whose fault it is', () => {
  const { status, body } = service.refuse(new Fault('ThingLimit', 409, 'a < b', { Name: 'x' }), 'id')
  assert.equal(status, 409)
  assert.equal(
    body,
    '<ErrorResponse xmlns="https://things.example/doc/"><Error><Type>Sender</Type><Code>ThingLimit</Code><Message>a &lt; b</Message><Name>x</Name></Error><RequestId>id</RequestId></ErrorResponse>',
  )
  assert.match(String(service.refuse(new Fault('InternalFailure', 500, ''), 'id').body), /<Type>Receiver<\/Type>/)
})
