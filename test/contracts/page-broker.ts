import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { parseConfig } from '../../src/broker/config/read-config.ts'
import { openTokens } from '../../src/broker/logins/index.ts'
import { type Broker, openBroker } from '../../src/broker/open-broker.ts'
import { account, type BrokerStage, brokerStage, person } from './broker-stage.ts'

/** A broker with its page, at which the sample people of the sandbox's identity provider sign in, in the present. */
export interface PageBroker {
  readonly stage: BrokerStage
  readonly broker: Broker
  readonly url: string
  /** Cuts every connection, as a proxy does that is restarted. */
  readonly cut: () => void
  /** A login of one of them: what a browser that is signed in has in its cookie. */
  readonly tokenOf: (name: PersonName) => Promise<string>
  /** Calls the API as one of the sample people, who has just signed in from a terminal. Gives what came. */
  readonly as: (name: PersonName, path: string, body?: unknown) => Promise<Called>
}

export type PersonName = 'ann' | 'bob' | 'carol'

export interface Called {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: a test reads members of an answer as it expects them
  readonly body: any
}

/** Ann is an admin and decides on requests, Bob a developer, Carol sees all. */
const groups = { ann: ['developers', 'admins'], bob: ['developers'], carol: ['auditors'] }

const configText = (port: number, sandbox: BrokerStage['sandbox']): string => `
publicUrl: http://127.0.0.1:${port}
listen: { port: 0 }
database: "memory:"
upstream: { region: us-east-1, endpoint: "${sandbox.endpoint}" }
watch: { lookupEvents: false }
roles:
  reader: { arn: "arn:aws:iam::${account}:role/reader", longest: 4h }
  admin: { arn: "arn:aws:iam::${account}:role/admin", longest: 4h }
  foreign: { arn: "arn:aws:iam::${account}:role/foreign", longest: 1h, revocable: false }
authenticators:
  corp: { kind: oidc, issuer: "${sandbox.oidcIssuer}", clientId: mayfly, scopes: [openid, profile, email, groups] }
  old: { kind: oidc, issuer: "http://127.0.0.1:9", clientId: mayfly }
grants:
  - { name: readers, to: { groups: [developers] }, role: reader, longest: 4h }
  - { name: foreigners, to: { groups: [developers] }, role: foreign, longest: 1h }
  - { name: admins, to: { groups: [developers] }, role: admin, longest: 1h, reason: required, approvals: { count: 1, by: { groups: [admins] } } }
  - { name: glass, to: { groups: [developers] }, role: admin, longest: 1h, reason: required, breakGlass: true }
access: { admins: { groups: [admins] }, viewers: { groups: [auditors] } }
`

export async function pageBroker(t: Pick<TestContext, 'after'>): Promise<PageBroker> {
  const stage = await brokerStage(t)
  // From here on time passes, as it does for browsers.
  Object.defineProperty(stage, 'now', { get: () => new Date() })
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-page-'))
  const proxy = await openProxy(t)
  const { port } = proxy
  const config = parseConfig(configText(port, stage.sandbox), join(folder, 'mayfly.yaml'))
  const broker = await openBroker({
    held: { current: () => config, reload: () => undefined, close: () => undefined },
    key: stage.parts.aws.key,
    fetch: stage.parts.aws.fetch,
    now: () => stage.now,
    randomBytes,
    log: (level, message, detail) => stage.log.push(`${level} ${message} ${JSON.stringify(detail ?? {})}`),
    patience: 5000,
    page: join(import.meta.dirname, '..', '..', 'dashboard', 'dist'),
  })
  proxy.to(broker.port)
  t.after(async () => {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const { publicUrl, keyFile } = config
  const tokens = openTokens({
    key: readFileSync(keyFile, 'utf8'),
    publicUrl,
    ledger: broker.ledger,
    now: () => stage.now,
  })
  const tokenOf = async (name: PersonName): Promise<string> =>
    (await tokens.issue(person(name, groups[name], stage.now))).token
  return {
    stage,
    broker,
    url: publicUrl,
    cut: proxy.cut,
    tokenOf,
    as: async (name, path, body) => {
      const answer = await fetch(publicUrl + path, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { Authorization: `Bearer ${await tokenOf(name)}`, 'Content-Type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      return { status: answer.status, body: await answer.json() }
    },
  }
}

/** What stands before the broker, whose port its public URL says before the broker listens. */
async function openProxy(t: Pick<TestContext, 'after'>) {
  const sockets = new Set<Socket>()
  let port = 0
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1')
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        near.destroy()
        far.destroy()
      })
    }
    near.pipe(far).pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  t.after(() => {
    server.close()
    cut()
  })
  const to = (broker: number): void => {
    port = broker
  }
  return { port: (server.address() as AddressInfo).port, to, cut }
}
