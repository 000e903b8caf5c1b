import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { Hono } from 'hono'
import type { BrokerConfig } from '../config/broker-config.ts'
import { ourHost } from './guard.ts'
import { metricsDoor } from './metrics-door.ts'

const token = 'a-token-of-many-letters'

/** Asks for the figures from an address, and gives the status. */
function door(metrics: BrokerConfig['metrics'], trustedProxies: readonly string[] = []) {
  const log: string[] = []
  const config = () => ({ metrics, trustedProxies, publicUrl: 'https://mayfly.example' })
  return {
    log,
    ask: async (address: string, headers: Readonly<Record<string, string>> = {}): Promise<number> => {
      const guard = metricsDoor(
        {
          config,
          peer: () => ({ address }),
          log: (_, message, detail) => log.push(`${message} ${JSON.stringify(detail)}`),
        },
        ourHost(config, () => 8484),
      )
      const app = new Hono().get('/metrics', guard, (c) => c.text('figures'))
      return (await app.request('/metrics', { headers: { host: '10.0.0.5:8484', ...headers } })).status
    },
  }
}

function fileOf(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-metrics-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'token')
  writeFileSync(file, text)
  return file
}

test('nothing said, the figures are for this machine', async () => {
  const { ask } = door({})
  assert.equal(await ask('127.0.0.1'), 200)
  assert.equal(await ask('::ffff:127.0.0.1'), 200)
  assert.equal(await ask('::1'), 200)
  assert.equal(await ask('10.1.2.3'), 403)
})

test('a proxy on this machine makes nobody a neighbour, unless it is trusted to say who asks', async () => {
  const { ask } = door({})
  for (const name of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])
    assert.equal(await ask('127.0.0.1', { [name]: '127.0.0.1' }), 403, name)
  const trusting = door({ from: ['10.0.0.0/8'] }, ['127.0.0.1'])
  assert.equal(await trusting.ask('127.0.0.1', { 'X-Forwarded-For': '10.1.2.3' }), 200)
  assert.equal(await trusting.ask('127.0.0.1', { 'X-Forwarded-For': '192.0.2.1' }), 403)
  assert.equal(await trusting.ask('127.0.0.1', { 'X-Forwarded-For': '10.1.2.3, 192.0.2.1' }), 403)
})

test('networks that are named may ask, and no others', async () => {
  const { ask } = door({ from: ['10.0.0.0/8'] })
  assert.equal(await ask('10.1.2.3'), 200)
  assert.equal(await ask('127.0.0.1'), 403)
  assert.equal(await ask('11.1.2.3'), 403)
})

test('a name of somebody else’s that points here is refused, and addresses and our own names are not', async () => {
  const { ask } = door({})
  assert.equal(await ask('127.0.0.1', { host: 'evil.example:8484' }), 421)
  assert.equal(await ask('127.0.0.1', { host: '10.0.0.5.evil.example' }), 421)
  for (const host of ['mayfly.example', 'localhost:8484', '[::1]:8484', '192.0.2.7:9000'])
    assert.equal(await ask('127.0.0.1', { host }), 200, host)
})

test('a token lets in from everywhere, by any name, and a wrong one does not', async (t) => {
  const tokenFile = fileOf(t, `${token}\na-second-one-while-it-changes\n`)
  const { ask, log } = door({ tokenFile })
  const bearer = (text: string) => ({ Authorization: `Bearer ${text}`, host: 'mayfly.monitoring.svc:8484' })
  assert.equal(await ask('192.0.2.1', bearer(token)), 200)
  assert.equal(await ask('192.0.2.1', bearer('a-second-one-while-it-changes')), 200)
  assert.equal(await ask('127.0.0.1'), 401)
  assert.equal(await ask('127.0.0.1', bearer(`${token}x`)), 401)
  assert.deepEqual(log, [])
})

test('where a token and networks are said both must hold', async (t) => {
  const { ask } = door({ tokenFile: fileOf(t, token), from: ['10.0.0.0/8'] })
  assert.equal(await ask('10.1.2.3', { Authorization: `Bearer ${token}` }), 200)
  assert.equal(await ask('10.1.2.3'), 401)
  assert.equal(await ask('127.0.0.1', { Authorization: `Bearer ${token}` }), 403)
})

test('a file that is not there, empty, or of a token that can be guessed lets nobody in, and the operator hears why', async (t) => {
  for (const [tokenFile, why] of [
    [fileOf(t, ''), /16 characters/],
    [fileOf(t, 'short'), /16 characters/],
    ['/nowhere/token', /cannot be read/],
  ] as const) {
    const { ask, log } = door({ tokenFile })
    assert.equal(await ask('127.0.0.1', { Authorization: 'Bearer short' }), 401)
    assert.match(log.join(), why)
  }
})
