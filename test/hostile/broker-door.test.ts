import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { person, whoIs } from '../contracts/broker-stage.ts'
import { type RunningBroker, runningBroker } from '../contracts/running-broker.ts'
import { until } from '../contracts/until.ts'

const ann = person('ann', ['developers'])
const eve = person('eve', ['security'])

const codeOf = (answer: { readonly body: { readonly error?: { readonly code: string } } }): string | undefined =>
  answer.body?.error?.code

/** What comes back for some bytes, or what there is when nothing more is said for a moment. */
function raw({ broker }: RunningBroker, bytes: string, wait = 10_000): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(broker.port, '127.0.0.1', () => socket.write(bytes))
    const done = (): void => {
      socket.destroy()
      resolve(text)
    }
    socket.setTimeout(wait, done)
    socket.on('data', (piece) => {
      text += piece.toString('latin1')
    })
    socket.on('close', done)
    socket.on('error', done)
  })
}

describe('somebody at the door', () => {
  test('sends more than anybody needs, and it is not read', async (t) => {
    const { call, tokenOf } = await runningBroker(t)
    const token = await tokenOf(ann)
    const large = { role: 'reader', reason: 'x'.repeat(600 * 1024) }
    assert.equal(codeOf(await call('/v1/sessions', { token, body: large })), 'malformed')
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    assert.equal(codeOf(await call('/v1/sessions', { token, body: deep })), 'malformed')
    assert.equal((await call('/v1/sessions', { token, body: { role: 'reader', reason: 'x'.repeat(900) } })).status, 201)
  })

  test('begins a hundred requests and ends none, and others are answered, and the broker can close', async (t) => {
    const running = await runningBroker(t)
    const sockets = Array.from({ length: 100 }, () => connect(running.broker.port, '127.0.0.1'))
    for (const socket of sockets) {
      socket.on('error', () => undefined)
      socket.write('POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n')
    }
    await setTimeout(50)
    assert.equal((await running.call('/healthz')).status, 200)
    const begun = performance.now()
    await running.broker.close()
    assert.ok(performance.now() - begun < 30_000)
    for (const socket of sockets) socket.destroy()
  })

  test('speaks so that two readers would hear two things, and is not heard', async (t) => {
    const running = await runningBroker(t)
    const host = `Host: 127.0.0.1:${running.broker.port}`
    for (const head of [
      `${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked`,
      `${host}\r\nContent-Length: 5\r\nContent-Length: 6`,
      `${host}\r\nTransfer-Encoding: chunked, identity`,
      `${host}\r\nX-A: b\n\tfolded\r\n X: y`,
    ])
      assert.match(
        await raw(running, `POST /v1/sessions HTTP/1.1\r\n${head}\r\n\r\n0\r\n\r\n`),
        /^HTTP\/1\.1 400/,
        head,
      )
    const split = await running.call('/auth/corp/start?to=/%0d%0aSet-Cookie:%20mayfly=x')
    assert.ok(!(split.headers.get('set-cookie') ?? '').includes('mayfly=x'))
    assert.match(await raw(running, `GET /healthz HTTP/1.1\r\n${host}\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 200/)
  })

  test('has a name of their own point here, and is told that it has another', async (t) => {
    const { broker, tokenOf } = await runningBroker(t)
    const token = await tokenOf(ann)
    const ask = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
      new Promise((resolve, reject) =>
        request(
          {
            host: '127.0.0.1',
            port: broker.port,
            path: '/v1/me',
            headers: { Authorization: `Bearer ${token}`, ...headers },
          },
          (answer) => resolve(answer.resume().statusCode),
        )
          .on('error', reject)
          .end(),
      )
    for (const Host of [
      'evil.example',
      `evil.example:${broker.port}`,
      '127.0.0.1',
      `127.0.0.1.evil.example:${broker.port}`,
    ])
      assert.equal(await ask({ Host, 'X-Forwarded-Host': `127.0.0.1:${broker.port}` }), 421, Host)
    assert.equal(await ask({ Host: `127.0.0.1:${broker.port}` }), 200)
  })

  test('was let in and is revoked: by no path, and by no stream that was open, is anything told', async (t) => {
    const { call, tokenOf, url, stage } = await runningBroker(t)
    const [token, admin] = [await tokenOf(ann), await tokenOf(eve)]
    const { session, credentials } = (await call('/v1/sessions', { token, body: { role: 'reader' } })).body
    assert.match(await whoIs(stage, credentials), /reader/)
    let begun = 0
    const streams = [1, 2, 3].map(async () => {
      const answer = await fetch(`${url}/v1/stream`, { headers: { Authorization: `Bearer ${token}` } })
      let text = ''
      for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        if (!text.includes('hello') && (text + piece).includes('hello')) begun++
        text += piece
      }
      return text
    })
    await until(() => begun === streams.length, 'streams that have begun')
    const body = { target: { kind: 'principal', principalId: ann.id }, reason: 'left' }
    assert.equal((await call('/v1/revocations', { token: admin, body })).status, 200)
    await call('/v1/sessions', { token: await tokenOf(person('carl', ['developers'])), body: { role: 'reader' } })
    for (const text of await Promise.all(streams)) {
      assert.match(text, /event: revoked/)
      assert.doesNotMatch(text, /carl/)
    }
    for (const path of [
      '/v1/me',
      '/v1/sessions',
      `/v1/sessions/${session.id}`,
      '/v1/grants',
      '/v1/requests',
      '/v1/stream',
    ])
      assert.equal((await call(path, { token })).status, 401, path)
    assert.equal((await call('/v1/sessions', { token, body: { role: 'reader' } })).status, 401)
  })
})
