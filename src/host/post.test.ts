import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

test('a proxy of the environment is posted through, but not to this machine', async (t) => {
  const targets: (string | undefined)[] = []
  const proxy = await served(t, (request, response) => {
    targets.push(request.url)
    response.end('proxied')
  })
  const here = await served(t, (_, response) => void response.end('here'))
  const post = nodePost({ HTTP_PROXY: proxy.origin })
  for (let turn = 0; turn < 2; turn++)
    assert.equal((await post({ ...plain, url: new URL('http://sts.invalid/x') })).text, 'proxied')
  assert.equal((await post({ ...plain, url: here })).text, 'here')
  assert.deepEqual(targets, ['http://sts.invalid/x', 'http://sts.invalid/x'])
})

test('an authority of AWS_CA_BUNDLE is believed, and without it nobody it speaks for', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-post-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const subject = ['-subj', '/CN=here', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert]
  if (spawnSync('openssl', [...made, ...subject]).status !== 0) return t.skip('there is no openssl here')
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
    response.end('here'),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  assert.equal((await nodePost({ AWS_CA_BUNDLE: cert })({ ...plain, url })).text, 'here')
  await assert.rejects(nodePost({})({ ...plain, url }), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
})

test('a header that would be two is not sent', async (t) => {
  const url = await served(t, () => assert.fail('it was sent'))
  for (const [, post] of ways)
    await assert.rejects(post({ ...plain, url, headers: [['X-Of-Mine', 'yes\r\nX-Other: no']] }))
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
