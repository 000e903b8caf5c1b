import { randomBytes } from 'node:crypto'
import { holdConfig } from '../../broker/config/hold-config.ts'
import { type Broker, openBroker } from '../../broker/open-broker.ts'
import { nodeFetch } from '../../host/fetch.ts'
import { nodePost } from '../../host/post.ts'
import type { Cli } from '../cli.ts'
import { portTaken } from '../port-taken.ts'
import { brokerLog } from './logger.ts'
import { pageFolder } from './page-folder.ts'
import { upstreamKey } from './upstream.ts'

export interface Serving {
  readonly file: string
  readonly logLevel: string
  /** Instead of the configuration's. */
  readonly database?: string
}

/** Runs a broker until it is told to end. */
export async function serveBroker(cli: Cli, { file, logLevel, database }: Serving): Promise<void> {
  const log = brokerLog(logLevel)
  const held = holdConfig(file, {
    changed: ({ digest }) => log('info', 'the configuration changed', { digest }),
    refused: ({ message }) =>
      log('error', 'the changed configuration is not good; the one before holds', { because: message }),
  })
  const config = () => (database === undefined ? held.current() : { ...held.current(), database })
  const page = pageFolder()
  let broker: Broker
  try {
    broker = await openBroker({
      held: { ...held, current: config },
      key: upstreamKey(cli, () => config().upstream.profile),
      fetch: nodeFetch(cli.env),
      post: nodePost(cli.env),
      now: () => new Date(),
      randomBytes,
      log,
      ...(page === undefined ? {} : { page }),
    })
  } catch (error) {
    held.close()
    throw portTaken(error, `Say another one in ${file} (listen.port, mutualTls.port), or end what listens there.`)
  }
  const { publicUrl } = config()
  cli.say(
    `broker at ${publicUrl} (port ${broker.port}${broker.mutualTlsPort === undefined ? '' : `, mutual TLS on ${broker.mutualTlsPort}`})`,
  )
  if (page === undefined) log('warn', 'the page was not built, so there is none: npm run build')
  const reload = (): void => void held.reload()
  process.on('SIGHUP', reload)
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  process.off('SIGHUP', reload)
  await broker.close()
}
