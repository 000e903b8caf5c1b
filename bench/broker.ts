import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { loadOrMakeKey, openTokens } from '../src/broker/logins/index.ts'
import type { SigningKey } from '../src/model/signing-key.ts'
import { encodeQuery } from '../src/wire/query.ts'
import { sign } from '../src/wire/sigv4/sign.ts'
import { account, brokerStage, configText, person } from '../test/contracts/broker-stage.ts'
import { type Figure, median } from './figure.ts'

const publicUrl = 'http://127.0.0.1:8484'
const rounds = 3
const revocations = 100
const people = 400

/** How fast a broker issues over its API against bare AssumeRole to the same sandbox, and how fast a revocation arrives. */
export async function run(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-broker-'))
  const ends: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
  try {
    const stage = await brokerStage({ after: (end) => void ends.push(end as () => unknown) })
    Object.defineProperty(stage, 'now', { get: () => new Date() })
    const file = join(folder, 'mayfly.yaml')
    const yaml = configText()
      .replace('database: "memory:"', `database: "sqlite:${join(folder, 'ledger.sqlite')}"\nkeyFile: key.pem`)
      .replace(
        'upstream: { region: us-east-1 }',
        `upstream: { region: us-east-1, endpoint: "${stage.sandbox.endpoint}" }`,
      )
    writeFileSync(file, `${yaml}listen: { port: 0 }\nwatch: { lookupEvents: false }\n`)
    const key = await stage.parts.aws.key()
    const broker = fork(join(import.meta.dirname, 'broker-process.ts'), {
      env: { ...process.env, MAYFLY_BENCH_FILE: file, MAYFLY_BENCH_KEY: JSON.stringify(key) },
    })
    ends.push(() => ended(broker))
    const port = await new Promise<number>((resolve) =>
      broker.once('message', (said: { port: number }) => resolve(said.port)),
    )
    const nothing = { barrier: async () => undefined, put: async () => true, get: async () => undefined }
    const secret = loadOrMakeKey(join(folder, 'key.pem'))
    const tokens = openTokens({ key: secret, publicUrl, ledger: nothing, now: () => new Date() })
    const tokenOf = async (name: string, group: string): Promise<string> =>
      (await tokens.issue(person(name, [group], new Date()))).token
    // Of many people: one is not given more than a few hundred at once.
    const issue = await Promise.all(
      Array.from({ length: people }, async (_, place) => asked(port, await tokenOf(`ann-${place}`, 'developers'))),
    )
    const { port: aws } = new URL(stage.sandbox.endpoint)
    const caller = fork(join(import.meta.dirname, 'assume-role-process.ts'))
    ends.push(() => ended(caller))
    const calling = { endpoint: stage.sandbox.endpoint, key, roleArn: `arn:aws:iam::${account}:role/reader` }
    const figures: Figure[] = []
    for (const connections of [16, 64]) {
      const issues: number[] = []
      const bare: number[] = []
      const signed: number[] = []
      // In turns, so that whatever else the machine does falls on both.
      for (let round = 0; round < rounds; round++) {
        bare.push(await load(Number(aws), [assumeRole(Number(aws), key)], connections))
        issues.push(await load(port, issue, connections))
        signed.push(await callsOf(caller, { ...calling, milliseconds: 1500, connections }))
      }
      figures.push(...issuing(connections, median(issues), median(signed), median(bare)))
    }
    const taken = await revoke(`http://127.0.0.1:${port}`, tokenOf)
    return [
      ...figures,
      {
        name: 'from revoking to the refusal at the broker: p99',
        value: p99(taken.refused),
        unit: 'ms',
        note: 'budget 100 ms',
      },
      { name: 'from revoking to a connected agent: p99', value: p99(taken.told), unit: 'ms', note: 'budget 100 ms' },
      {
        name: 'from revoking to the denial at AWS, where it is the sandbox: median',
        value: median(taken.denied),
        unit: 'ms',
      },
    ]
  } finally {
    for (const end of ends.reverse()) await end()
  }
}

const issuing = (connections: number, issued: number, signed: number, bare: number): readonly Figure[] => [
  {
    name: `sessions issued, durable intent and outcome, ${connections} connections`,
    value: issued,
    unit: 'sessions/s',
  },
  {
    name: '  against AssumeRole by a caller who signs each call',
    value: issued / signed,
    unit: '×',
    note: `budget 0.4; the caller: ${Math.round(signed).toLocaleString('en')} calls/s`,
  },
  {
    name: '  against AssumeRole signed once and sent as bytes',
    value: issued / bare,
    unit: '×',
    note: `budget 0.4; the bytes: ${Math.round(bare).toLocaleString('en')} calls/s`,
  },
]

const p99 = (taken: readonly number[]): number =>
  [...taken].sort((a, b) => a - b)[Math.floor(taken.length * 0.99)] ?? Number.NaN

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.disconnect()
  })
}

function callsOf(caller: ChildProcess, asked: object): Promise<number> {
  return new Promise((resolve) => {
    caller.once('message', (said: { rate: number }) => resolve(said.rate))
    caller.send(asked)
  })
}

function asked(port: number, token: string): Uint8Array {
  const body = JSON.stringify({ role: 'reader', duration: 3600 })
  const headers = [`Host: 127.0.0.1:${port}`, `Authorization: Bearer ${token}`, 'Content-Type: application/json']
  return Buffer.from(
    `POST /v1/sessions HTTP/1.1\r\n${headers.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  )
}

function assumeRole(port: number, key: SigningKey): Uint8Array {
  const body = encodeQuery({
    ...{ Action: 'AssumeRole', Version: '2011-06-15', RoleArn: `arn:aws:iam::${account}:role/reader` },
    ...{
      RoleSessionName: 'ann@example.com-saaaaaaaaaaaaaaaaaa',
      SourceIdentity: 'ann@example.com',
      DurationSeconds: 3600,
    },
  })
  const headers = [
    ['Host', `127.0.0.1:${port}`] as const,
    ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'] as const,
    ['Content-Length', String(body.length)] as const,
  ]
  const scope = { region: 'us-east-1', service: 'sts' }
  const signed = sign({ method: 'POST', target: '/', headers }, { body }, key, scope, new Date())
  return Buffer.from(`POST / HTTP/1.1\r\n${signed.headers.map((one) => one.join(': ')).join('\r\n')}\r\n\r\n${body}`)
}

function load(port: number, requests: readonly Uint8Array[], connections: number): Promise<number> {
  const workerData = { port, requests, connections, milliseconds: 1500 }
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load.ts', import.meta.url), { workerData })
    worker.once('error', reject)
    worker.once('message', ({ rate, refused }: { readonly rate: number; readonly refused: number }) =>
      refused > 0 ? reject(new Error(`${refused} calls were refused`)) : resolve(rate),
    )
  })
}

interface Taken {
  readonly refused: number[]
  readonly told: number[]
  readonly denied: number[]
}

/** One person after another, each with an agent that holds a session of theirs. */
async function revoke(url: string, tokenOf: (name: string, group: string) => Promise<string>): Promise<Taken> {
  const taken: Taken = { refused: [], told: [], denied: [] }
  const admin = await tokenOf('eve', 'security')
  for (let place = 0; place < revocations; place++) {
    const token = await tokenOf(`person-${place}`, 'developers')
    const { session } = await (await post(`${url}/v1/sessions`, token, { role: 'reader' })).json()
    const headers = { Authorization: `Bearer ${token}`, 'X-Mayfly-Agent': 'bench' }
    const stream = (await fetch(`${url}/v1/stream`, { headers })).body?.pipeThrough(new TextDecoderStream()).getReader()
    await stream?.read()
    const begun = performance.now()
    const target = { kind: 'principal', principalId: session.principalId }
    const answered = post(`${url}/v1/revocations`, admin, { target, reason: 'bench' })
    const heard = (async () => {
      let text = ''
      while (!text.includes('event: revoked')) text += (await stream?.read())?.value ?? ''
      taken.told.push(performance.now() - begun)
      const revocationId = /"revocationId":"(\w+)"/.exec(text)?.[1]
      await post(`${url}/v1/agents/acks`, token, { revocationId, agent: 'bench', sessions: [session.id] })
      await stream?.cancel()
    })()
    while ((await fetch(`${url}/v1/me`, { headers })).status !== 401);
    taken.refused.push(performance.now() - begun)
    await heard
    const { reach } = await (await answered).json()
    taken.denied.push(reach.find(({ place: where }: { place: string }) => where === 'aws')?.took ?? Number.NaN)
  }
  return taken
}

const post = (url: string, token: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
