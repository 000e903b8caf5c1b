import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { nodePost, postBy, type SendPost } from './post.ts'

const ways: readonly (readonly [name: string, post: SendPost])[] = [
  ['over kept connections', nodePost({})],
  ['by a fetch', postBy((request) => fetch(request))],
]
const plain = { headers: [['X-Of-Mine', 'yes']], body: 'a=ü', patience: 5000 } as const

for (const [name, post] of ways) {
  test(`${name}: what is posted arrives as it is, and the whole answer comes back`, async (t) => {
    const seen: { readonly headers: IncomingMessage['headers']; readonly body: string }[] = []
    const url = await served(t, async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      seen.push({ headers: request.headers, body })
      response.writeHead(403, { Date: 'Sat, 21 Nov 2026 10:00:00 GMT' }).end('né')
    })
    const answer = { status: 403, date: 'Sat, 21 Nov 2026 10:00:00 GMT', text: 'né' }
    assert.deepEqual(await post({ ...plain, url }), answer)
    assert.equal(seen[0]?.headers['x-of-mine'], 'yes')
    assert.equal(seen[0]?.headers['content-length'], '4')
    assert.equal(seen[0]?.body, 'a=ü')
  })

  test(`${name}: no redirect is followed`, async (t) => {
    const elsewhere = await served(t, () => assert.fail('it went elsewhere'))
    const url = await served(t, (_, response) => void response.writeHead(307, { Location: elsewhere.href }).end())
    assert.equal((await post({ ...plain, url })).status, 307)
  })

  test(`${name}: an answer that is late, too long or cut off is none, and one within its limits is`, async (t) => {
    const url = await served(t, (_, response) => void response.writeHead(200))
    await assert.rejects(post({ ...plain, url, patience: 50 }), { name: 'TimeoutError' })
    const ended = AbortSignal.abort(new Error('told to end'))
    await assert.rejects(post({ ...plain, url, signal: ended }))
    const long = await served(t, (_, response) => void response.end('x'.repeat(1001)))
    await assert.rejects(post({ ...plain, url: long, longest: 1000 }), /more than 1000 bytes/)
    assert.equal((await post({ ...plain, url: long, longest: 1001 })).text.length, 1001)
    const cut = await served(t, (_, response) => {
      response.writeHead(200, { 'Content-Length': '10' }).write('x')
      setImmediate(() => response.destroy())
    })
    await assert.rejects(post({ ...plain, url: cut }))
  })

  test(`${name}: where nothing listens the system's own code is told`, async () => {
    const url = new URL(`http://127.0.0.1:${await closedPort()}/`)
    await assert.rejects(post({ ...plain, url }), (error: Error & { code?: string }) => {
      const cause = error.cause instanceof Error ? error.cause : error
      assert.equal('code' in cause ? cause.code : undefined, 'ECONNREFUSED')
      return true
    })
  })
}

test('a connection is kept for the next post', async (t) => {
  const ports = new Set<unknown>()
  const url = await served(t, (request, response) => {
    ports.add(request.socket.remotePort)
    response.end()
  })
  const post = nodePost({})
  for (let turn = 0; turn < 3; turn++) {
    await post({ ...plain, url })
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.equal(ports.size, 1)
})

async function served(t: TestContext, listener: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const server = createServer(listener as RequestListener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
}

async function closedPort(): Promise<number> {
  const server = createNetServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise<void>((resolve) => server.close(() => resolve()))
  return port
}
