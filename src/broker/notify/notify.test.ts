import assert from 'node:assert/strict'
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { configText } from '../../../test/contracts/broker-stage.ts'
import { askedSession, intent, issued } from '../../../test/contracts/ledger.ts'
import { until } from '../../../test/contracts/until.ts'
import { nodeFetch } from '../../host/fetch.ts'
import { type Ledger, openLedger } from '../../ledger/index.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import type { ApprovalRequest } from '../../model/session-request.ts'
import type { BrokerConfig, Notify } from '../config/broker-config.ts'
import { parseConfig } from '../config/read-config.ts'
import { announcing, type NotifyParts } from './notify.ts'
import { slackText } from './send-notice.ts'
import { signedHeaders } from './sign-webhook.ts'

const now = new Date('2026-11-21T12:00:00Z')
const key = randomBytes(32)

interface Got {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver on loopback that answers with these statuses in turn, and then with 204. */
async function receiver(t: TestContext, statuses: number[] = []) {
  const got: Got[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      got.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() })
      const status = statuses.shift() ?? 204
      if (status === 0) return
      response.writeHead(status, status === 302 ? { Location: '/elsewhere' } : {}).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook/T0KEN`
  const some = async (count: number): Promise<readonly Got[]> => {
    await until(() => got.length >= count, `${count} notices`)
    assert.equal(got.length, count)
    return got
  }
  return { url, got, some }
}

async function staged(t: TestContext, notify: readonly Notify[], change: Partial<NotifyParts> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-notify-'))
  const secretFile = join(folder, 'secret')
  writeFileSync(secretFile, `whsec_${key.toString('base64')}\n`)
  const log: string[] = []
  const config: BrokerConfig = parseConfig(configText(), '/broker/mayfly.yaml')
  const parts: NotifyParts = {
    config: () => ({ ...config, notify: notify.map((one) => (one.kind === 'webhook' ? { secretFile, ...one } : one)) }),
    now: () => now,
    randomBytes: (length) => randomBytes(length),
    log: (level, message, detail) => log.push(`${level} ${message} ${JSON.stringify(detail)}`),
    fetch: nodeFetch({}),
    pauses: [5, 5],
    ...change,
  }
  const bare = await openLedger('memory:')
  const ledger = announcing(bare, parts)
  t.after(async () => {
    await ledger.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return { ledger, bare, log, secretFile }
}

const all: Notify['events'] = ['asked', 'voted', 'issued', 'denied', 'revoked', 'break-glass', 'alert']
const webhook = (url: string, events = all): Notify => ({ kind: 'webhook', url, events })
const slack = (url: string, events = all): Notify => ({ kind: 'slack', url, events })

const denied = (name = 'ann@example.com', because = 'no grant.'): LedgerEvent => ({
  ...{ kind: 'denied', at: now.getTime(), principalId: `corp:${name}`, name, role: 'admin' },
  ...{ code: 'no-grant', because, sourceIp: '10.0.0.1' },
})

/** As a receiver checks it, by the words of the specification. */
function isGenuine({ headers, body }: Got, secret: Buffer): boolean {
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const expected = createHmac('sha256', secret).update(content).digest()
  return String(headers['webhook-signature'])
    .split(' ')
    .some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ''), 'base64')
      return one.startsWith('v1,') && given.length === expected.length && timingSafeEqual(given, expected)
    })
}

async function tellEverything(ledger: Ledger): Promise<void> {
  const at = now.getTime()
  const request: ApprovalRequest = {
    id: 'r1',
    state: 'waiting',
    principalId: 'corp:ann@example.com',
    principalName: 'ann@example.com',
    role: 'admin',
    grant: 'admins',
    duration: 3600,
    reason: 'disk full',
    askedAt: at,
    expiresAt: at + 3_600_000,
    needed: 1,
    votes: [],
  }
  await ledger.append([{ kind: 'asked', at, request }])
  const vote = { by: 'corp:bob@example.com', byName: 'bob@example.com', at, approve: true }
  await ledger.append([{ kind: 'voted', at, provenAt: at, requestId: 'r1', vote, state: 'approved' }])
  const session = askedSession('saaa')
  await ledger.append([intent(session)])
  await ledger.append([issued(session)])
  await ledger.append([denied()])
  const target = { kind: 'session', sessionId: 'saaa' } as const
  const by = { by: 'corp:eve@example.com', byName: 'eve@example.com', reason: 'laptop lost', sessions: [] }
  await ledger.append([{ kind: 'revoked', at, revocationId: 'v1', target, ...by }])
  await ledger.append([
    { kind: 'alert', at, alertId: 'a1', alert: 'break-glass', sessionId: 'saaa', text: 'ann broke the glass' },
    { kind: 'alert', at, alertId: 'a2', alert: 'two-networks', sessionId: 'saaa', text: 'ann in two places' },
  ])
}

test('a webhook brings every kind of event, in order, and its receiver can tell that it is ours', async (t) => {
  const { url, some } = await receiver(t)
  const { ledger } = await staged(t, [webhook(url)])
  await tellEverything(ledger)
  const got = await some(7)
  assert.deepEqual(
    got.map(({ body }) => JSON.parse(body).type),
    all,
  )
  for (const one of got) {
    assert.ok(isGenuine(one, key))
    assert.ok(!isGenuine({ ...one, body: one.body.replace('text', 'next') }, key))
    assert.equal(one.headers['webhook-timestamp'], String(now.getTime() / 1000))
  }
  assert.equal(new Set(got.map(({ headers }) => headers['webhook-id'])).size, 7)
  const told = JSON.parse(got[2]?.body ?? '').data
  assert.deepEqual([told.principalName, told.role, told.sessionId], ['ann@example.com', 'reader', 'saaa'])
  assert.match(JSON.parse(got[4]?.body ?? '').data.text, /^eve@example.com revoked the session saaa .*laptop lost$/)
})

test('a receiver hears of the events it asked for, and of no others', async (t) => {
  const { url, some } = await receiver(t)
  const { ledger } = await staged(t, [slack(url, ['denied', 'break-glass'])])
  await tellEverything(ledger)
  const got = await some(2)
  await setTimeout(20)
  assert.deepEqual(
    (await some(2)).map(({ body }) => JSON.parse(body)),
    [{ text: 'ann@example.com was refused admin: no grant.' }, { text: 'ann broke the glass' }],
  )
  assert.equal(got[0]?.headers['webhook-signature'], undefined)
})

test('of a break-glass every receiver hears, whatever it asked for', async (t) => {
  const { url, some } = await receiver(t)
  const { ledger } = await staged(t, [slack(url, ['voted'])])
  await tellEverything(ledger)
  const got = await some(2)
  assert.deepEqual(
    got.map(({ body }) => JSON.parse(body).text.split(' ').slice(0, 2).join(' ')),
    ['bob@example.com approves', 'ann broke'],
  )
})

test('what people write calls nobody in Slack and hides no link', async (t) => {
  const { url, some } = await receiver(t)
  const { ledger } = await staged(t, [slack(url)])
  await ledger.append([denied('<!channel>', '<https://evil.example|the grant> & <@U123>\n\u2028*x*\u202e')])
  const [got] = await some(1)
  const { text } = JSON.parse(got?.body ?? '')
  assert.doesNotMatch(text, /[<>\n\u2028\u202e]/)
  assert.match(text, /^&lt;!channel&gt; was refused admin: &lt;https:\/\/evil.example\|the grant&gt; &amp; /)
  assert.equal(slackText('a < b'), 'a &lt; b')
})

test('what became of each notice is counted', async (t) => {
  const told: string[] = []
  const good = await receiver(t)
  const gone = await receiver(t, [410])
  const { ledger } = await staged(t, [slack(good.url), slack(gone.url)], { onSent: (outcome) => told.push(outcome) })
  await ledger.append([denied()])
  while (told.length < 2) await setTimeout(5)
  assert.deepEqual(told.sort(), ['delivered', 'failed'])
})

test('a busy receiver is asked again under the same id, and a refusing one is not', async (t) => {
  const busy = await receiver(t, [503, 429])
  const { ledger, log } = await staged(t, [webhook(busy.url)])
  await ledger.append([denied()])
  const got = await busy.some(3)
  assert.equal(new Set(got.map(({ headers }) => headers['webhook-id'])).size, 1)
  const refusing = await receiver(t, [410])
  const other = await staged(t, [webhook(refusing.url)])
  await other.ledger.append([denied()])
  await until(() => other.log.length, 'a line in the log')
  await refusing.some(1)
  assert.deepEqual(log, [])
  assert.match(other.log[0] ?? '', /not delivered .*it answered with 410/)
  assert.ok(!other.log.join().includes('T0KEN'))
})

test('no redirect is followed', async (t) => {
  for (const send of [nodeFetch({}), (request: Request) => fetch(request)]) {
    const { url, some } = await receiver(t, [302])
    const { ledger, log } = await staged(t, [webhook(url)], { fetch: send })
    await ledger.append([denied()])
    await until(() => log.length, 'a line in the log')
    await some(1)
    assert.match(log[0] ?? '', /it answered with 302/)
  }
})

test('a receiver that says nothing or is not there neither delays nor fails an append, nor another receiver', async (t) => {
  const silent = await receiver(t, [0, 0, 0])
  const well = await receiver(t)
  const gone = 'http://127.0.0.1:1/hook/T0KEN'
  const { ledger, log } = await staged(t, [webhook(silent.url), webhook(gone), slack(well.url)], { patience: 100 })
  assert.equal((await ledger.append([denied()])).length, 1)
  assert.equal(log.length, 0, 'neither was given up when the append had been answered')
  await well.some(1)
  await silent.some(3)
  await until(() => log.length >= 2, 'two lines in the log')
  assert.ok(log.every((line) => /not delivered .*it was not reached/.test(line) && !line.includes('T0KEN')))
})

test('what was not appended is not told', async (t) => {
  const { url, got } = await receiver(t)
  const { ledger } = await staged(t, [webhook(url)])
  await assert.rejects(ledger.append([issued(askedSession('snone'))]))
  await setTimeout(30)
  assert.deepEqual(got, [])
})

test('a webhook without a good secret is not sent, and one whose secret came back is', async (t) => {
  const { url, got, some } = await receiver(t)
  const { ledger, log, secretFile } = await staged(t, [webhook(url)])
  for (const secret of ['', 'short']) {
    writeFileSync(secretFile, secret)
    await ledger.append([denied()])
    await until(() => log.length, 'a line in the log')
    assert.match(log.shift() ?? '', /16 bytes at least/)
  }
  rmSync(secretFile)
  await ledger.append([denied()])
  await until(() => log.length, 'a line in the log')
  assert.match(log.shift() ?? '', /secretFile cannot be read/)
  assert.deepEqual(got, [])
  writeFileSync(secretFile, 'a plain secret of enough bytes')
  await ledger.append([denied()])
  const [one] = await some(1)
  assert.ok(one && isGenuine(one, Buffer.from('a plain secret of enough bytes')))
})

test('while a secret is changed both count', () => {
  const message = { id: 'msg_1', at: now, body: '{}' }
  const [old, fresh] = [randomBytes(24), randomBytes(24)]
  const headers = signedHeaders(`whsec_${old.toString('base64')}\nwhsec_${fresh.toString('base64')}\n`, message)
  for (const secret of [old, fresh]) assert.ok(isGenuine({ path: '', headers: { ...headers }, body: '{}' }, secret))
})

test('the published example of Standard Webhooks is signed as published', () => {
  const headers = signedHeaders('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: new Date(1_614_265_330_000),
    body: '{"test": 2432232314}',
  })
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

test('when too many wait the newest are dropped, and that is said', async (t) => {
  const { url, got } = await receiver(t)
  let open = (): void => undefined
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  const send = nodeFetch({})
  const { ledger, log } = await staged(t, [webhook(url)], {
    most: 3,
    fetch: async (request) => {
      await gate
      return send(request)
    },
  })
  await ledger.append(Array.from({ length: 10 }, () => denied()))
  open()
  await until(() => got.length >= 4 && log.length, 'four notices, and a line in the log')
  await setTimeout(20)
  assert.equal(got.length, 4)
  assert.match(log[0] ?? '', /dropped.*"dropped":6/)
})

test('closing waits for what is under way, and not for ever', async (t) => {
  const { url, got } = await receiver(t)
  const { ledger } = await staged(t, [webhook(url)])
  await ledger.append([denied()])
  await ledger.close()
  assert.equal(got.length, 1)
})
