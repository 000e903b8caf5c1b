import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { callIam } from '../../src/broker/aws/call-iam.ts'
import { loadOrMakeKey, openTokens } from '../../src/broker/logins/index.ts'
import { type Head, openKept, verifyChain } from '../../src/ledger/index.ts'
import type { LedgerEvent } from '../../src/model/ledger-event.ts'
import type { Principal } from '../../src/model/principal.ts'
import type { Credentials } from '../../src/model/signing-key.ts'
import { compiled } from '../clients/clients.ts'
import { brokerStage, configText, person } from '../contracts/broker-stage.ts'
import { until } from '../contracts/until.ts'
import type { Beginning } from './broker-process.ts'
import { holdAws, type Passing } from './held-aws.ts'

/** Where a broker is killed: when a call to AWS or its answer passes, when a row is durable, when an answer begins, or at any time. */
type Point =
  | { readonly on: 'aws'; readonly action: string; readonly when: Passing['when']; readonly delay?: number }
  | { readonly on: 'row'; readonly kind: LedgerEvent['kind'] }
  | { readonly on: 'answer' }
  | { readonly on: 'time' }

const points: readonly Point[] = [
  { on: 'row', kind: 'intent' },
  { on: 'aws', action: 'AssumeRole', when: 'before' },
  { on: 'aws', action: 'AssumeRole', when: 'after' },
  { on: 'aws', action: 'AssumeRole', when: 'after', delay: 3 },
  { on: 'row', kind: 'issued' },
  { on: 'answer' },
  { on: 'row', kind: 'revoked' },
  { on: 'aws', action: 'PutRolePolicy', when: 'before' },
  { on: 'aws', action: 'PutRolePolicy', when: 'after' },
  { on: 'aws', action: 'ListAccountAliases', when: 'before' },
  { on: 'row', kind: 'reached' },
  { on: 'time' },
]

/** What somebody was given. */
interface Given {
  readonly id: string
  readonly credentials: Credentials
}

/** What is known of the ledger while no broker runs. */
interface Kept {
  readonly head: Head
  readonly events: readonly LedgerEvent[]
}

/**
 * Kills a broker that often, at each step of issuing and revoking in turn, and starts it again; after each start whatever
 * was handed out is in the ledger, no intent is open, the chain is whole, and what was revoked is denied at AWS.
 */
export async function crashRounds(t: TestContext, database: string | undefined, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-crash-'))
  const children = new Set<ChildProcess>()
  // Each start is some time later, so that what has an end meets it, and what is lost is known to be.
  const step = database === undefined ? 30_000 : 121_000
  let ahead = 0
  const now = (): Date => new Date(Date.now() + ahead)
  const stage = await brokerStage(t)
  Object.defineProperty(stage, 'now', { get: now })
  const held = await holdAws(stage.sandbox.endpoint)
  t.after(() => {
    for (const child of children) child.kill('SIGKILL')
    held.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const file = join(folder, 'mayfly.yaml')
  const ledgerUrl = database ?? `sqlite:${join(folder, 'ledger.sqlite')}`
  const yaml = configText()
    .replace('database: "memory:"', `database: "${ledgerUrl}"\nkeyFile: ${join(folder, 'key.pem')}`)
    .replace('upstream: { region: us-east-1 }', `upstream: { region: us-east-1, endpoint: "${held.endpoint}" }`)
  writeFileSync(file, `${yaml}listen: { port: 0 }\nwatch: { lookupEvents: false }\n`)
  const nothing = { barrier: async () => undefined, put: async () => true, get: async () => undefined }
  const key = loadOrMakeKey(join(folder, 'key.pem'))
  const tokens = openTokens({ key, publicUrl: 'http://127.0.0.1:8484', ledger: nothing, now })
  const tokenOf = async (principal: Principal): Promise<string> => (await tokens.issue(principal)).token
  const broker = await stage.parts.aws.key()

  const load = (): ChildProcess => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'broker-process.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...compiled },
    })
    children.add(child)
    child.once('exit', () => children.delete(child))
    return child
  }
  const begin = async (child: ChildProcess): Promise<string> => {
    if (!child.stdout) throw new Error('it says nothing')
    const beginning: Beginning = { file, key: broker, ahead }
    child.stdin?.write(`${JSON.stringify(beginning)}\n`)
    for await (const line of createInterface(child.stdout)) return `http://127.0.0.1:${JSON.parse(line).port}`
    throw new Error('the broker did not begin')
  }
  const kill = (child: ChildProcess, point?: Point): void => {
    if (child.kill('SIGKILL') && point) met.add(point)
  }

  const given: Given[] = []
  const met = new Set<Point>()
  const sent = new Set<string>()
  let head: Head = { seq: 0, hash: '0'.repeat(64) }
  let child = load()
  for (let round = 0; round <= kills; round++) {
    const url = await begin(child)
    const next = round < kills ? load() : undefined
    const admin = await tokenOf(person('eve', ['security'], now()))
    await looksRight(url, admin)
    if (next === undefined) break
    const point = points[round % points.length] ?? { on: 'time' }
    const here = child
    held.onPassing = (passing) => {
      const name = passing.params.get('RoleSessionName')
      if (name !== null && passing.action === 'AssumeRole') sent.add(name.slice(-19))
      if (point.on !== 'aws' || point.action !== passing.action || point.when !== passing.when) return true
      if (point.delay !== undefined) {
        void setTimeout(Math.random() * point.delay).then(() => kill(here, point))
        return true
      }
      kill(here, point)
      return false
    }
    const ended = new Promise<void>((resolve) => here.once('exit', () => resolve()))
    const listening = listen(url, admin, (kind) => {
      if (point.on === 'row' && point.kind === kind) kill(here, point)
    })
    const token = await tokenOf(person('ann', ['developers'], now()))
    const carl = await tokenOf(person('carl', ['developers'], now()))
    await Promise.race([listening.begun, ended])
    if (point.on === 'time') void setTimeout(Math.random() * 60).then(() => kill(here, point))
    const work = [
      issue(url, token, () => point.on === 'answer' && kill(here, point)),
      issue(url, carl),
      revoke(url, admin, round),
      issue(url, carl),
    ]
    await Promise.race([Promise.allSettled(work), ended])
    // A row may be heard of a little after the answer that it came before.
    if (point.on === 'row') await Promise.race([setTimeout(2000), ended])
    // Not every way leads past every point.
    kill(here)
    await ended
    for (const done of await Promise.allSettled(work))
      if (done.status === 'fulfilled' && done.value) given.push(done.value)
    await listening.over
    held.onPassing = () => true
    await isKept()
    ahead += step
    child = next
  }
  kill(child)
  const unmet = points.slice(0, kills).filter((point) => !met.has(point))
  if (kills >= 2 * points.length) assert.deepEqual(unmet, [], 'each step was died at')

  async function issue(url: string, token: string, onAnswer?: () => unknown): Promise<Given | undefined> {
    const answer = await post(`${url}/v1/sessions`, token, { role: 'reader', duration: 900 })
    onAnswer?.()
    if (answer.status !== 201) return undefined
    const { session, credentials } = await answer.json()
    return { id: session.id, credentials }
  }

  async function revoke(url: string, token: string, round: number): Promise<undefined> {
    const one = given.at(-1)
    if (!one) return
    // At each step now a person, now a session that is certain to be there.
    const isOfPerson = (round + Math.floor(round / points.length)) % 3 === 2
    const target = isOfPerson
      ? { kind: 'principal', principalId: 'corp:carl@example.com' }
      : { kind: 'session', sessionId: one.id }
    await (await post(`${url}/v1/revocations`, token, { target, reason: `round ${round}` })).text()
  }

  /** What lies in the database while nobody writes: whole, and nothing of what was there before is gone. */
  async function isKept(): Promise<Kept> {
    const kept = await openKept(ledgerUrl)
    try {
      const events: LedgerEvent[] = []
      const rows = (async function* () {
        for await (const row of kept.rows) {
          events.push(JSON.parse(row.body))
          yield row
        }
      })()
      const verified = await verifyChain(rows, head)
      assert.equal(verified.fault, undefined)
      head = verified.head
      const intents = new Set(events.flatMap((event) => (event.kind === 'intent' ? event.session.id : [])))
      const issued = new Set(events.flatMap((event) => (event.kind === 'issued' ? event.accessKeyId : [])))
      for (const { credentials } of given)
        assert.ok(issued.has(credentials.accessKeyId), 'credentials left without a row')
      for (const id of sent) assert.ok(intents.has(id), 'AWS was asked without a row')
      return { head, events }
    } finally {
      await kept.close()
    }
  }

  /** After a start: no intent is open, every revocation is told and holds at AWS, and what is new can be used. */
  async function looksRight(url: string, admin: string): Promise<void> {
    const fresh = await issue(url, await tokenOf(person('dora', ['developers'], now())))
    assert.ok(fresh, 'the broker issues again')
    await until(async () => {
      const told = await (await get(`${url}/v1/revocations`, admin)).json()
      return told.every(({ reach }: { reach: readonly unknown[] }) => reach.length > 0)
    }, 'the reach of every revocation')
    const { events } = await isKept()
    const outcomes = new Set(
      events.flatMap((event) => (event.kind === 'issued' || event.kind === 'failed' ? event.sessionId : [])),
    )
    const revoked = new Set(events.flatMap((event) => (event.kind === 'revoked' ? event.sessions : [])))
    for (const event of events)
      if (event.kind === 'intent')
        assert.ok(outcomes.has(event.session.id) || revoked.has(event.session.id), 'an intent without an outcome')
    const live = given.filter(({ credentials }) => new Date(credentials.expiration).getTime() > now().getTime())
    for (const { id, credentials } of live.slice(-20)) {
      const { session } = await (await get(`${url}/v1/sessions/${id}`, admin)).json()
      const said = revoked.has(id) ? await use(credentials) : undefined
      // It may have come to its end while this was asked.
      if (new Date(credentials.expiration).getTime() <= now().getTime()) continue
      assert.equal(session.state, revoked.has(id) ? 'revoked' : 'issued')
      if (revoked.has(id)) assert.equal(said, 'denied', `${id} is revoked, and goes on at AWS`)
    }
    assert.equal(await use(fresh.credentials), 'done')
    given.push(fresh)
  }

  async function use(credentials: Credentials): Promise<string> {
    const asked = { action: 'ListAccountAliases', params: {}, key: credentials, now: now() }
    return callIam({ ...stage.parts.aws, endpoint: stage.sandbox.endpoint }, asked).then(
      () => 'done',
      (error: Error) => (/explicit deny/.test(error.message) ? 'denied' : error.message),
    )
  }
}

const post = (url: string, token: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })

const get = (url: string, token: string): Promise<Response> =>
  fetch(url, { headers: { Authorization: `Bearer ${token}` } })

/** Hears of rows as they become durable, until the broker is gone. */
function listen(url: string, token: string, onRow: (kind: string) => void) {
  let begin = (): void => undefined
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  const over = (async () => {
    const answer = await get(`${url}/v1/stream`, token)
    let text = ''
    for await (const piece of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += piece
      if (text.includes('event: hello')) begin()
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) {
        const kind = /^data: \{"seq":\d+,"event":.*?"kind":"([\w-]+)"/.exec(line)?.[1]
        if (kind !== undefined) onRow(kind)
      }
    }
  })().catch(() => undefined)
  return { begun, over }
}
