import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TLSSocket } from 'node:tls'
import { Failure } from '../model/failure.ts'
import { nodeFetch } from './fetch.ts'

async function serving(listener: RequestListener, use: (origin: string) => Promise<void>): Promise<void> {
  const server = createServer(listener)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
}

const fetch = nodeFetch({})

test('a request goes out as it is and the answer comes back with its status and headers', async () => {
  let got = ''
  await serving(
    async (request, response) => {
      for await (const chunk of request) got += chunk
      got = `${request.method} ${request.url} ${request.headers['x-a']} ${got}`
      response.writeHead(418, { 'x-b': 'b' }).end('<a/>')
    },
    async (origin) => {
      const request = new Request(`${origin}/p?q=%20`, { method: 'POST', headers: { 'x-a': 'a' }, body: 'k=v' })
      const response = await fetch(request)
      assert.equal(got, 'POST /p?q=%20 a k=v')
      assert.equal(response.status, 418)
      assert.equal(response.headers.get('x-b'), 'b')
      assert.equal(await response.text(), '<a/>')
    },
  )
})

test('a redirect is not followed', async () => {
  await serving(
    (_, response) => response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    async (origin) => assert.equal((await fetch(new Request(origin))).status, 307),
  )
})

test('an endpoint where nothing listens is named, with what to check', async () => {
  let closed = ''
  await serving(
    () => undefined,
    async (origin) => {
      closed = origin
    },
  )
  await assert.rejects(
    fetch(new Request(closed)),
    (error) => error instanceof Failure && error.code === 'network' && error.message.includes(closed),
  )
})

test('a connection cut in the middle of an answer is a failure, not a short answer', async () => {
  await serving(
    (_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 10)
    },
    async (origin) =>
      assert.rejects(fetch(new Request(origin)), (error) => error instanceof Failure && error.code === 'network'),
  )
})

test('a proxy of the environment is used, except for hosts that need none', async () => {
  const targets: string[] = []
  await serving(
    (request, response) => {
      targets.push(request.url ?? '')
      response.end('proxied')
    },
    async (proxy) => {
      const through = nodeFetch({ HTTP_PROXY: proxy, NO_PROXY: '127.0.0.1' })
      assert.equal(await (await through(new Request('http://sts.invalid/x'))).text(), 'proxied')
      await through(new Request(`${proxy}/direct`))
      assert.deepEqual(targets, ['http://sts.invalid/x', '/direct'])
    },
  )
})

test('this machine, and what hands out its credentials, are never asked through a proxy', async () => {
  const proxied: string[] = []
  await serving(
    (request, response) => {
      proxied.push(request.url ?? '')
      response.end('proxied')
    },
    async (proxy) =>
      serving(
        (request, response) => response.end(`here ${request.headers.host}`),
        async (origin) => {
          const through = nodeFetch({ HTTP_PROXY: proxy })
          const port = new URL(origin).port
          for (const host of ['127.0.0.1', 'localhost', 'a.b.localhost'])
            assert.equal(await (await through(new Request(`http://${host}:${port}/`))).text(), `here ${host}:${port}`)
          // Whatever answers there, or nothing: it was not the proxy.
          const link = new Request('http://169.254.170.2/', { signal: AbortSignal.timeout(50) })
          await through(link).catch(() => undefined)
          assert.deepEqual(proxied, [])
          for (const name of ['localhost.invalid', '127.invalid'])
            assert.equal(await (await through(new Request(`http://${name}/`))).text(), 'proxied')
        },
      ),
  )
})

test('a CA bundle that cannot be read is named', async () => {
  await assert.rejects(
    nodeFetch({ AWS_CA_BUNDLE: '/nowhere.pem' })(new Request('https://127.0.0.1:1/')),
    (error) => error instanceof Failure && error.code === 'config-invalid' && /nowhere\.pem/.test(error.message),
  )
})

/** A certificate that signs itself, for 127.0.0.1; undefined where there is no openssl to make one. */
function selfSigned(
  name: string,
  program = 'openssl',
): { readonly certificate: string; readonly privateKey: string } | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'certificate-'))
  try {
    const [key, cert] = [join(directory, 'key'), join(directory, 'cert')]
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
    const made = spawnSync(program, ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert])
    if (made.status !== 0) return undefined
    return { certificate: readFileSync(cert, 'utf8'), privateKey: readFileSync(key, 'utf8') }
  } finally {
    rmSync(directory, { recursive: true })
  }
}

test('over TLS the client certificate is presented, and an authority that is not trusted is refused', async (t) => {
  const server = selfSigned('server')
  const client = selfSigned('client')
  if (!server || !client) return t.skip('no openssl')
  const options = { cert: server.certificate, key: server.privateKey, requestCert: true, ca: client.certificate }
  const listening = createTlsServer(options, (request, response) => {
    const socket = request.socket as TLSSocket
    response.end(`${socket.authorized} ${socket.getPeerCertificate().subject?.CN}`)
  })
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done))
  const origin = `https://127.0.0.1:${(listening.address() as AddressInfo).port}`
  try {
    const presented = await fetch(new Request(origin), { ...client, authorities: server.certificate })
    assert.equal(await presented.text(), 'true client')
    await assert.rejects(
      fetch(new Request(origin), client),
      (error) => error instanceof Failure && error.code === 'network' && /AWS_CA_BUNDLE/.test(error.hint ?? ''),
    )
  } finally {
    listening.closeAllConnections()
    listening.close()
  }
})
