import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { BrokerConfig } from '../../src/broker/config/broker-config.ts'
import { parseConfig } from '../../src/broker/config/read-config.ts'
import { openTokens } from '../../src/broker/logins/index.ts'
import { type Broker, openBroker } from '../../src/broker/open-broker.ts'
import type { Principal } from '../../src/model/principal.ts'
import { type BrokerStage, brokerStage, configText } from './broker-stage.ts'

export interface RunningBroker {
  readonly stage: BrokerStage
  readonly broker: Broker
  readonly url: string
  /** A login of that principal, as if they had proven themselves. */
  readonly tokenOf: (principal: Principal) => Promise<string>
  /** Calls the API; a body makes it a POST. */
  readonly call: (
    path: string,
    options?: {
      readonly token?: string
      readonly body?: unknown
      readonly headers?: Readonly<Record<string, string>>
      readonly method?: string
    },
  ) => Promise<Called>
  readonly log: string[]
}

export interface Called {
  readonly status: number
  readonly headers: Headers
  // What came is whatever the test expects of it.
  // biome-ignore lint/suspicious/noExplicitAny: a test reads members of an answer as it expects them
  readonly body: any
  readonly text: string
}

/** A whole broker in this process over a sandbox whose time stands still. */
export async function runningBroker(
  t: Pick<TestContext, 'after'>,
  options: {
    /** YAML, or what makes it once the sandbox is there. */
    readonly config?: string | ((stage: BrokerStage) => string | Promise<string>)
    readonly database?: string
    readonly page?: string
    /** Listen there, as the broker's own address says, with people who sign in at the sandbox's provider. */
    readonly port?: number
    /** A further broker over the sandbox of that one. */
    readonly beside?: RunningBroker
  } = {},
): Promise<RunningBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-broker-'))
  const stage = options.beside?.stage ?? (await brokerStage(t))
  const { config: given = configText() } = options
  const text = (typeof given === 'string' ? given : await given(stage)).replace(
    'upstream: { region: us-east-1 }',
    `upstream: { region: us-east-1, endpoint: "${stage.sandbox.endpoint}" }\nlisten: { port: 0 }\nwatch: { lookupEvents: false }`,
  )
  const { port } = options
  const placed =
    port === undefined
      ? text
      : text
          .replace('listen: { port: 0 }', `listen: { port: ${port} }`)
          .replace('publicUrl: http://127.0.0.1:8484', `publicUrl: http://127.0.0.1:${port}`)
          .replace('clientId: mayfly', 'clientId: mayfly, scopes: [openid, profile, email, groups]')
          .replace('issuer: "http://127.0.0.1:9"', `issuer: "${stage.sandbox.oidcIssuer}"`)
  let config: BrokerConfig = {
    ...parseConfig(placed, join(folder, 'mayfly.yaml')),
    ...(options.database === undefined ? {} : { database: options.database }),
  }
  const log: string[] = []
  const broker = await openBroker({
    held: { current: () => config, reload: () => undefined, close: () => undefined },
    key: stage.parts.aws.key,
    fetch: stage.parts.aws.fetch,
    now: () => stage.now,
    randomBytes,
    log: (level, message, detail) => log.push(`${level} ${message} ${JSON.stringify(detail ?? {})}`),
    patience: 5000,
    ...(options.page === undefined ? {} : { page: options.page }),
  })
  t.after(async () => {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const url = `http://127.0.0.1:${broker.port}`
  const { publicUrl, keyFile } = config
  const key = readFileSync(keyFile, 'utf8')
  stage.configure = (yaml) => {
    config = parseConfig(yaml, join(folder, 'mayfly.yaml'))
  }
  return {
    stage,
    broker,
    url,
    log,
    tokenOf: async (principal) =>
      (await openTokens({ key, publicUrl, ledger: broker.ledger, now: () => stage.now }).issue(principal)).token,
    call: async (path, { token, body, headers, method } = {}) => {
      const answer = await fetch(url + path, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        redirect: 'manual',
        headers: {
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const said = await answer.text()
      let parsed: unknown
      try {
        parsed = JSON.parse(said)
      } catch {
        parsed = undefined
      }
      return { status: answer.status, headers: answer.headers, body: parsed, text: said }
    },
  }
}
