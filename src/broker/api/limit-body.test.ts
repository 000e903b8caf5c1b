import assert from 'node:assert/strict'
import { createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { limitBody } from './limit-body.ts'
import { answerError } from './problem.ts'

const most = 1000

for (const told of [true, false])
  test(`a body that is too large is refused ${told ? 'by its length' : 'as it comes'}, and one of just the length is read`, async (t) => {
    const port = await served(t)
    assert.deepEqual(await post(port, 'x'.repeat(most), told), { status: 200, text: '1000' })
    const refused = await post(port, 'x'.repeat(most + 1), told)
    assert.equal(refused.status, 400)
    assert.equal(JSON.parse(refused.text).error.code, 'malformed')
  })

test('what has no body has none to refuse', async (t) => {
  const port = await served(t)
  assert.deepEqual(await post(port, '', true), { status: 200, text: '0' })
  assert.equal((await fetch(`http://127.0.0.1:${port}/`)).status, 200)
})

async function served(t: TestContext): Promise<number> {
  const app = new Hono()
  app.onError((error, c) => answerError(error, c, () => undefined))
  app.use(limitBody(most))
  app.get('/', (c) => c.text('read'))
  app.post('/', async (c) => c.text(String((await c.req.text()).length)))
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

function post(port: number, body: string, told: boolean): Promise<{ readonly status: number; readonly text: string }> {
  const headers = told ? { 'Content-Length': String(body.length) } : { 'Transfer-Encoding': 'chunked' }
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, method: 'POST', path: '/', headers }, (incoming) => {
      let text = ''
      incoming.setEncoding('utf8').on('data', (piece: string) => {
        text += piece
      })
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject).end(body)
  })
}
