import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateRawSync } from 'node:zlib'
import { readMetadata } from '../saml/provider-metadata.ts'
import { account, controlCall, start } from '../stage.test.ts'
import { entityId } from './issue.ts'
import { federated, type SamlStage, setSamlStage } from './stage.test.ts'

const pair = `arn:aws:iam::${account}:role/dev,${federated.Federated}`
const people = {
  groups: { developers: { roles: [pair] } },
  users: { ann: { password: 'correct horse', groups: ['developers'] }, eve: { password: 'x' } },
}

async function withPeople(t: Parameters<typeof setSamlStage>[0]): Promise<SamlStage> {
  const stage = await setSamlStage(t)
  assert.equal((await controlCall(stage, 'PUT', 'saml-idp', people)).status, 200)
  return stage
}

const signOn = ({ sandbox }: SamlStage, query: Record<string, string> = {}): string =>
  `${sandbox.samlSsoUrl}?${new URLSearchParams(query)}`
const request = (consumer: string): string =>
  deflateRawSync(
    `<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_id" Version="2.0" AssertionConsumerServiceURL="${consumer}"/>`,
  ).toString('base64')
const submit = (stage: SamlStage, form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(stage.sandbox.samlSsoUrl, { method: 'POST', body: new URLSearchParams(form), headers })
const ann = { user: 'ann', password: 'correct horse' }
const responseIn = (html: string): string =>
  Buffer.from(/(?:readonly>|name="SAMLResponse" value=")([^<"]*)/.exec(html)?.[1] ?? '', 'base64').toString()

test('its metadata is what IAM takes, and survives a restart in name', async (t) => {
  const stage = await withPeople(t)
  const answer = await fetch(stage.sandbox.samlMetadataUrl)
  assert.equal(answer.headers.get('content-type'), 'application/samlmetadata+xml')
  const read = readMetadata(await answer.text())
  assert.equal(read?.entityId, entityId)
  assert.deepEqual(read?.keys, stage.provider.keys)
  assert.ok(!entityId.includes(new URL(stage.sandbox.endpoint).port))
})

test('a person who signs in for AWS gets a response to copy, which AWS takes', async (t) => {
  const stage = await withPeople(t)
  const page = await fetch(signOn(stage))
  assert.match(await page.text(), /type="password"/)
  const html = await (await submit(stage, ann)).text()
  const reply = await stage.assume(Buffer.from(responseIn(html)).toString('base64'))
  assert.equal(reply.status, 200, reply.text)
  assert.equal(reply.get('Subject'), 'ann')
})

test('a program of this machine that asks gets its answer handed on, at the press of a button', async (t) => {
  const stage = await withPeople(t)
  const consumer = 'http://127.0.0.1:8765/saml'
  const form = { SAMLRequest: request(consumer), RelayState: `"><script>`, binding: 'redirect' }
  const page = await fetch(signOn(stage, form))
  assert.ok(!(await page.text()).includes('"><script>'))
  const answer = await submit(stage, { ...form, ...ann })
  assert.match(answer.headers.get('content-security-policy') ?? '', /form-action http:\/\/127\.0\.0\.1:8765;/)
  const html = await answer.text()
  assert.ok(html.includes(`action="${consumer}"`) && !html.includes('<script'))
  const xml = responseIn(html)
  assert.match(xml, / InResponseTo="_id"/)
  assert.match(xml, /Destination="http:\/\/127\.0\.0\.1:8765\/saml"/)
  assert.match(xml, /Recipient="https:\/\/signin\.aws\.amazon\.com\/saml"/)
})

test('a request may come by a form of the program, too', async (t) => {
  const stage = await withPeople(t)
  const SAMLRequest = Buffer.from(
    '<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_id" AssertionConsumerServiceURL="http://127.0.0.1:1/"/>',
  ).toString('base64')
  const page = await submit(stage, { SAMLRequest }, { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'cross-site' })
  assert.match(await page.text(), /name="binding" value="post"/)
  const answer = await submit(stage, { SAMLRequest, binding: 'post', ...ann })
  assert.match(await answer.text(), /action="http:\/\/127\.0\.0\.1:1\/"/)
})

test('answers go to this machine alone', async (t) => {
  const stage = await withPeople(t)
  const elsewhere = ['https://evil.test/', 'http://127.0.0.1.evil.test/', 'http://127.0.0.1@evil.test/', 'javascript:x']
  for (const consumer of elsewhere) {
    const page = await fetch(signOn(stage, { SAMLRequest: request(consumer) }))
    assert.equal(page.status, 400, consumer)
    assert.ok(!(await page.text()).includes('evil'))
    assert.equal((await submit(stage, { SAMLRequest: request(consumer), binding: 'redirect', ...ann })).status, 400)
  }
  const bomb = deflateRawSync('x'.repeat(5_000_000)).toString('base64')
  for (const wrong of ['', '!', 'AAAA', bomb])
    assert.equal((await fetch(signOn(stage, { SAMLRequest: wrong }))).status, 400)
  assert.equal((await fetch(signOn(stage, { SAMLRequest: request('http://localhost:1/') }))).status, 200)
})

test('nobody gets in without their password, and nobody without a role', async (t) => {
  const stage = await withPeople(t)
  const said = async (form: Record<string, string>) => {
    const answer = await submit(stage, form)
    return [answer.status, /<strong>([^<]*)/.exec(await answer.text())?.[1]]
  }
  const unknown = [403, 'There is nobody of that name and password.']
  assert.deepEqual(await said({ user: 'ann', password: 'wrong' }), unknown)
  assert.deepEqual(await said({ user: 'nobody', password: 'x' }), unknown)
  assert.deepEqual(await said({ user: '<b>', password: '' }), unknown)
  assert.match(String((await said({ user: 'eve', password: 'x' }))[1]), /^eve has no role/)
})

test('a form of another page is refused', async (t) => {
  const stage = await withPeople(t)
  assert.equal((await submit(stage, ann, { 'sec-fetch-site': 'cross-site', origin: 'null' })).status, 403)
  const { port } = new URL(stage.sandbox.endpoint)
  for (const origin of ['https://evil.test', `http://evil.test:${port}`, 'http://127.0.0.1:1'])
    assert.equal((await submit(stage, ann, { origin })).status, 403, origin)
  assert.equal((await submit(stage, ann, { origin: stage.sandbox.endpoint })).status, 200)
  assert.equal((await fetch(stage.sandbox.samlSsoUrl, { method: 'DELETE' })).status, 405)
})

test('the control endpoint tells who there is, never with a password, and says what is wrong', async (t) => {
  const stage = await withPeople(t)
  const { answer } = await controlCall(stage, 'GET', 'saml-idp')
  assert.deepEqual(answer.groups, people.groups)
  assert.equal(answer.samlMetadataUrl, stage.sandbox.samlMetadataUrl)
  assert.ok(!/correct horse|scrypt/.test(JSON.stringify(answer)))
  const wrong = [
    ...[[], { users: [] }, { users: { a: { password: 'x' } } }, { users: { ann: {} } }],
    ...[{ users: { ann: { password: 'x', roles: ['arn:x'] } } }, { groups: { g: { roles: [1] } } }],
  ]
  for (const body of wrong) assert.equal((await controlCall(stage, 'PUT', 'saml-idp', body)).status, 400)
  assert.equal((await controlCall(stage, 'PUT', 'saml-idp', people, 'guess')).status, 401)
})

test('the control endpoint gives responses, good ones and any kind of bad one', async (t) => {
  const stage = await withPeople(t)
  const order = async (body: object): Promise<string> => {
    const { status, answer } = await controlCall(stage, 'POST', 'saml-idp/response', { user: 'ann', ...body })
    assert.equal(status, 200, JSON.stringify(answer))
    return String(answer.samlResponse)
  }
  assert.equal((await stage.assume(await order({}))).status, 200)
  const tagged = { attributes: { 'PrincipalTag:team': 'blue', SessionDuration: ['900'] } }
  assert.equal((await stage.assume(await order(tagged))).get('Credentials', 'Expiration'), '2026-11-21T09:15:00Z')
  for (const bad of [
    ...[{ signed: 'nothing' }, { signer: 'another' }, { without: ['RoleSessionName'] }, { without: ['NameID'] }],
    ...[{ issuer: 'urn:x' }, { audience: 'urn:x' }, { recipient: 'https://x.test/saml' }],
    ...[{ issueInstant: new Date(start.getTime() - 301_000).toISOString() }, { notOnOrAfter: start.toISOString() }],
  ])
    assert.notEqual((await stage.assume(await order(bad))).status, 200, JSON.stringify(bad))
  for (const wrong of [
    { user: 'nobody' },
    { user: 'ann', signed: 'twice' },
    { user: 'ann', issuer: 1 },
    { user: 'ann', notBefore: 'x' },
  ])
    assert.equal((await controlCall(stage, 'POST', 'saml-idp/response', wrong)).status, 400)
})
