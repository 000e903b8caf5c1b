import assert from 'node:assert/strict'
import { createServer, request } from 'node:https'
import { test } from 'node:test'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { authenticatorStage } from '../authenticators/stage.test.ts'
import { nodePeer } from './source-ip.ts'

test('a connection by mutual TLS brings the chain that the client sent, leaf first; one without brings none', async (t) => {
  const stage = await authenticatorStage()
  const server = await stage.control('POST', 'certificates', { commonName: 'broker' })
  const client = await stage.control('POST', 'certificates', { commonName: 'web-1', organization: 'Example' })
  const authorities = String(client.authority)
  const way = stage.proof({ kind: 'x509', authorities, lifetime: 3600 })
  const app = new Hono().post('/', async (c) => {
    const { certificates, address } = nodePeer(c)
    const outcome = await way.authenticate({}, { sourceIp: address, ...(certificates ? { certificates } : {}) })
    return c.json({
      address,
      count: certificates?.length ?? 0,
      id: outcome.allowed ? outcome.principal.id : outcome.code,
    })
  })
  const listening = createAdaptorServer({
    fetch: app.fetch,
    createServer,
    serverOptions: {
      ...{ cert: String(server.certificate), key: String(server.privateKey) },
      ...{ requestCert: true, rejectUnauthorized: false },
    },
  })
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done))
  t.after(async () => {
    await new Promise((done) => listening.close(done))
    await stage.close()
  })
  const address = listening.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const ask = (identity: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port, method: 'POST', rejectUnauthorized: false, agent: false, ...identity }
      const call = request(options, async (answer) => {
        const parts: Uint8Array[] = []
        for await (const part of answer) parts.push(part)
        resolve(JSON.parse(Buffer.concat(parts).toString()))
      })
      call.on('error', reject).end()
    })
  const own = { cert: String(client.certificate), key: String(client.privateKey) }
  assert.deepEqual(await ask(own), { address: '127.0.0.1', count: 1, id: 'way:O=Example,CN=web-1' })
  const chain = { ...own, cert: `${String(client.certificate)}\n${authorities}` }
  assert.deepEqual(await ask(chain), { address: '127.0.0.1', count: 2, id: 'way:O=Example,CN=web-1' })
  assert.deepEqual(await ask({}), { address: '127.0.0.1', count: 0, id: 'proof-malformed' })
  const { certificate: stolen } = await stage.control('POST', 'certificates', { commonName: 'admin' })
  await assert.rejects(ask({ ...own, cert: String(stolen) }), 'a certificate without its key')
})
