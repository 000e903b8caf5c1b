import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import { askBroker, brokerFailure, membersOf } from '../../sources/broker/call.ts'
import { dropKept } from '../../sources/broker/kept.ts'
import { type BrokerLogin, forgetLogin, listLogins, loginNeeded, readLogin } from '../../sources/broker/login.ts'
import type { Cli } from '../cli.ts'
import { addressOf } from './login.ts'

/** A broker, as the person who signed in to it. */
export interface BrokerClient {
  readonly broker: string
  readonly login: BrokerLogin
  readonly host: NodeHost
  readonly get: (path: string, query?: Query) => Promise<unknown>
  /** `advice`: what to do about a refusal, by its code. */
  readonly post: (path: string, body: object, advice?: Advice) => Promise<unknown>
}

type Advice = Readonly<Record<string, string>>
type Query = Readonly<Record<string, string | number | undefined>>

/** `flag` is what --broker says; else MAYFLY_BROKER, else the only broker somebody signed in to. */
export async function brokerClient(cli: Cli, flag: string | undefined): Promise<BrokerClient> {
  const host = await cli.host({ input: false })
  const named = flag ?? (cli.env.MAYFLY_BROKER || undefined)
  const broker = named === undefined ? await onlyBroker(host) : addressOf(named)
  const login = await readLogin(host.vault, broker)
  if (!login) throw loginNeeded(broker)
  if (login.expiresAt <= host.now()) throw loginNeeded(broker, 'the sign-in is over')

  async function call(method: 'GET' | 'POST', path: string, body?: object, advice?: Advice): Promise<unknown> {
    const answer = await askBroker(host, { broker, method, path, token: login?.token ?? '', ...(body ? { body } : {}) })
    if (answer.ok) return answer.value
    if (answer.status === 401) {
      await forgetLogin(host.vault, broker)
      await dropKept(host.vault, broker)
    }
    throw brokerFailure(broker, answer, advice)
  }
  return {
    ...{ broker, login, host },
    get: (path, query = {}) => call('GET', `${path}${queryText(query)}`),
    post: (path, body, advice) => call('POST', path, body, advice),
  }
}

async function onlyBroker({ vault, now }: NodeHost): Promise<string> {
  const logins = await listLogins(vault)
  const alive = logins.filter(({ expiresAt }) => expiresAt > now())
  const [only, second] = alive.length > 0 ? alive : logins
  if (only && !second) return only.broker
  throw new Failure(
    second ? 'usage' : 'login-needed',
    second ? 'You are signed in to several brokers.' : 'You are signed in to no broker.',
    {
      hint: second
        ? `Name one with --broker: ${logins.map(({ broker }) => broker).join(', ')}`
        : 'mayfly login --broker URL',
    },
  )
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))
  return given.length > 0 ? `?${new URLSearchParams(given)}` : ''
}

export type View = Readonly<Record<string, unknown>>

/** The members of a list, or of a page of one. */
export function itemsOf(value: unknown): readonly View[] {
  const items = Array.isArray(value) ? value : membersOf(value).items
  return Array.isArray(items) ? items.map(membersOf) : []
}

/** An id of the broker's as part of a path: nothing else gets there. */
export function idInPath(id: string): string {
  if (/^[a-z0-9]{1,40}$/.test(id)) return id
  throw new Failure('usage', 'That is not an id of the broker.', {
    hint: 'It looks like s4k2…: mayfly sessions ls and mayfly requests ls show them.',
  })
}
