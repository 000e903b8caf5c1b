import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { BrokerParts } from '../../broker/broker.ts'
import { holdConfig } from '../../broker/config/hold-config.ts'
import { type Broker, openBroker } from '../../broker/open-broker.ts'
import { writePrivate } from '../../host/private-file.ts'
import { Failure } from '../../model/failure.ts'
import { type Sandbox, startSandbox } from '../../sandbox/index.ts'
import { freePort } from '../free-port.ts'
import { portTaken } from '../port-taken.ts'
import { foundAccount, roles } from './found-account.ts'
import { sampleConfig, sampleProfiles } from './sample-config.ts'
import type { UpHome } from './up-home.ts'

export interface UpOptions {
  readonly home: UpHome
  /** A sandbox that runs already, and goes on when this ends; absent: one of its own. */
  readonly sandbox?: Sandbox
  /** Of the broker; absent: 8484 when it is free, for a home that lasts; else any. */
  readonly port?: number
  /** Instead of the one in the configuration. */
  readonly database?: string
  /** For a first configuration. */
  readonly firstDatabase?: string
  readonly page?: string
  /** The configuration was changed, and counts. */
  readonly onChanged?: (file: string) => void
  readonly log: BrokerParts['log']
}

/** All that `mayfly up` runs. */
export interface Up {
  readonly sandbox: Sandbox
  readonly broker: Broker
  readonly url: string
  readonly database: string
  /** Ends the broker, then the sandbox. */
  readonly close: () => Promise<void>
}

const usualPort = 8484

/**
 * Starts a sandbox and a broker over it. What an earlier run left in the home is taken up again: accounts, people,
 * sessions, the ledger, and the configuration as it was changed meanwhile. Rejects with a `Failure` (`usage` when a port
 * is taken, `file-conflict` when another run is at work there, and those of the broker).
 */
export async function openUp(options: UpOptions): Promise<Up> {
  const { home, page } = options
  let ending = false
  // What is cut off at the end is no news.
  const log: UpOptions['log'] = (...told) => {
    if (!ending) options.log(...told)
  }
  const kept = home.kept()
  const sandbox = options.sandbox ?? (await sandboxIn(home, kept?.sandboxPort ?? 0, log))
  const endSandbox = async (): Promise<void> => {
    if (!options.sandbox) await sandbox.close()
  }
  try {
    const key = await foundAccount(sandbox, kept?.key)
    home.keep({ sandboxPort: Number(new URL(sandbox.endpoint).port), key })
    if (!existsSync(home.configFile)) {
      const database = options.firstDatabase ?? 'sqlite:ledger.sqlite'
      const port = await portFor(home, options.port)
      writePrivate(home.configFile, sampleConfig({ sandbox, port, database }))
    }
    const held = holdConfig(home.configFile, {
      changed: ({ digest }) => {
        log('info', 'the configuration changed', { digest })
        options.onChanged?.(home.configFile)
      },
      refused: ({ message }) =>
        log('error', 'the changed configuration is not good; the one before holds', { because: message }),
    })
    const { database } = options
    const config = () => (database === undefined ? held.current() : { ...held.current(), database })
    try {
      const { publicUrl: url, listen } = config()
      if (options.port !== undefined && listen.port !== options.port)
        throw new Failure('usage', `The broker's port is ${listen.port}, says ${home.configFile}.`, {
          hint: 'Change publicUrl and listen.port there.',
        })
      writePrivate(home.awsConfigFile, sampleProfiles(url, sandbox, Object.keys(roles)))
      const broker = await openBroker({
        held: { ...held, current: config },
        key: async () => key,
        fetch: (request) => fetch(request),
        now: () => new Date(),
        randomBytes,
        log,
        ...(page === undefined ? {} : { page }),
      }).catch((error) => {
        throw portTaken(error, `Change publicUrl and listen.port in ${home.configFile}, or end the other.`)
      })
      const close = async (): Promise<void> => {
        ending = true
        await broker.close()
        await endSandbox()
      }
      return { sandbox, broker, url, database: config().database, close }
    } catch (error) {
      held.close()
      throw error
    }
  } catch (error) {
    await endSandbox()
    throw error
  }
}

/** The broker's, for a first configuration: one that is taken would stand there for good. */
async function portFor({ sandboxDirectory }: UpHome, wanted: number | undefined): Promise<number> {
  const port = await freePort(wanted ?? (sandboxDirectory === undefined ? 0 : usualPort))
  if (wanted === undefined || port === wanted) return port
  throw new Failure('usage', `Port ${wanted} is taken.`, { hint: 'Give another one with --port, or leave it out.' })
}

function sandboxIn({ sandboxDirectory, directory }: UpHome, port: number, log: BrokerParts['log']): Promise<Sandbox> {
  return startSandbox({
    ...{ port, now: () => new Date(), randomBytes, log: (line: string) => log('warn', line) },
    ...(sandboxDirectory === undefined ? {} : { stateDirectory: sandboxDirectory }),
  }).catch((error) => {
    if (error instanceof Failure && error.message.startsWith('Another sandbox is at work'))
      throw new Failure(error.code, `mayfly up is at work already, in ${directory}.`, {
        hint: 'Use that one, end it with Ctrl-C where it runs, or start another beside it: mayfly up --memory',
        cause: error,
      })
    throw portTaken(error, `End what listens there; or begin anew: move ${directory} away, or use --memory.`)
  })
}
