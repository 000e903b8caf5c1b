import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { type TestContext, test } from 'node:test'
import { fromHttp } from '@aws-sdk/credential-providers'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { Agent } from './agent.ts'
import { type Served, serveAgent } from './serve.ts'

const credentials: Credentials = {
  ...{ accessKeyId: 'ASIARTX3GSDSEXAMPLE1', secretAccessKey: 'the secret', sessionToken: 'the token' },
  ...{ expiration: new Date('2036-11-21T12:00:00Z'), accountId: '111122223333' },
}

async function serving(t: TestContext, credentialsOf: Agent['credentials'] = async () => credentials): Promise<Served> {
  const agent: Agent = { credentials: credentialsOf, close: async () => undefined }
  const served = await serveAgent(agent, { randomBytes })
  t.after(() => served.close())
  return served
}

/** Asks with any headers: fetch would not send another Host. */
function ask(url: string, headers: Record<string, string>, method = 'GET'): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject).end()
  })
}

test("the SDK's provider for containers takes what is served", async (t) => {
  const { url, token } = (await serving(t)).endpointFor('a b/ü')
  const given = await fromHttp({ awsContainerCredentialsFullUri: url, awsContainerAuthorizationToken: token })()
  const { accountId: _, ...keys } = credentials
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = given
  assert.deepEqual({ accessKeyId, secretAccessKey, sessionToken, expiration }, keys)
})

test('nothing is given without the token, with a part of it, or with that of another profile', async (t) => {
  const served = await serving(t)
  const { url, token } = served.endpointFor('reader')
  for (const Authorization of ['', token.slice(0, -1), `Bearer ${token}`, served.endpointFor('admin').token]) {
    const { status, text } = await ask(url, { Authorization })
    assert.equal(status, 401)
    assert.doesNotMatch(text, /secret|ASIA/)
  }
  assert.equal((await ask(url, { Authorization: token })).status, 200)
})

test('another start has other tokens', async (t) => {
  const [one, other] = [await serving(t), await serving(t)]
  assert.notEqual(one.endpointFor('reader').token, other.endpointFor('reader').token)
})

test('a web page gets nothing: not by a name of its own, not by another method, not by another path', async (t) => {
  const { url, token } = (await serving(t)).endpointFor('reader')
  const Authorization = token
  const { host, port } = new URL(url)
  for (const Host of ['evil.example.com', `evil.example.com:${port}`, `127.0.0.1.evil.example.com:${port}`])
    assert.equal((await ask(url, { Authorization, Host })).status, 403)
  assert.equal((await ask(url, { Authorization }, 'POST')).status, 405)
  assert.equal((await ask(url, { Authorization }, 'OPTIONS')).status, 405)
  for (const path of ['/', '/credentials/', '/credentials/reader/', '/credentials/../credentials/admin', '/%'])
    assert.equal((await ask(`http://${host}${path}`, { Authorization })).status, 401)
  assert.equal((await ask(url, { Authorization, Host: `localhost:${port}` })).status, 200)
})

test('a refusal says why and what to do; what is no refusal of ours says nothing', async (t) => {
  const failures: unknown[] = [
    new Failure('login-needed', 'The sign-in is over.', { hint: 'mayfly login --broker URL' }),
    new Failure('network', 'The broker has not been heard.'),
    new Error('the secret is xyz'),
  ]
  const served = await serving(t, async () => Promise.reject(failures.shift()))
  const { url, token } = served.endpointFor('reader')
  const answers = [
    [403, { Code: 'login-needed', Message: 'The sign-in is over. mayfly login --broker URL' }],
    [503, { Code: 'network', Message: 'The broker has not been heard.' }],
    [500, { Code: 'internal', Message: 'The agent failed.' }],
  ] as const
  for (const [status, body] of answers) {
    const answer = await ask(url, { Authorization: token })
    assert.deepEqual([answer.status, JSON.parse(answer.text)], [status, body])
  }
})
