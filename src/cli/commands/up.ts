import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'

interface Options {
  readonly port?: number
  readonly postgres?: string
  readonly memory?: boolean
  readonly logLevel: string
  readonly json?: boolean
}

/** `mayfly up`: a broker to try, with all it needs around it. */
export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Starts a sandbox for AWS, a broker over it with an identity provider and people to sign in, and its page. Nothing of yours is read or changed.',
    )
    .option('--port <number>', "the broker's (default: 8484 when it is free; with --memory any)", portFrom)
    .option('--postgres <url>', 'keep the ledger in this PostgreSQL instead of a file')
    .option('--memory', 'keep nothing: a new account, new people, an empty ledger')
    .option('--log-level <level>', 'of the log on standard error: debug, info, warn or error', 'warn')
    .option('--json', 'print one JSON object when it is up')
    .addHelpText(
      'after',
      `
Without --memory it goes on where it ended before; everything is in the directory "up" where Mayfly keeps its data.

Examples:
  mayfly up
  mayfly up --memory --json
  mayfly up --postgres postgres://mayfly@127.0.0.1/mayfly`,
    )
    .action((options: Options) => up(cli, options))
}

function portFrom(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('It is a number from 1 to 65535.')
}

async function up(cli: Cli, { port, postgres, memory = false, logLevel, json }: Options): Promise<void> {
  if (!['debug', 'info', 'warn', 'error'].includes(logLevel))
    throw new Failure('usage', `There is no log level ${JSON.stringify(logLevel)}.`, {
      hint: 'Say debug, info, warn or error.',
    })
  if (postgres !== undefined && !/^postgres(?:ql)?:\/\//.test(postgres))
    throw new Failure('usage', '--postgres takes a URL that begins with postgres://.')
  const [{ brokerLog }, { pageFolder }, { openUp }, { lastingHome, passingHome }, { tellUp, upFacts }, nodeHost] =
    await Promise.all([
      import('../broker/logger.ts'),
      import('../broker/page-folder.ts'),
      import('../up/open-up.ts'),
      import('../up/up-home.ts'),
      import('../up/tell-up.ts'),
      import('../../host/node-host.ts'),
    ])
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  const home = memory ? passingHome() : lastingHome(nodeHost.mayflyDirectory(cli.env))
  try {
    const page = pageFolder()
    const running = await openUp({
      home,
      log: brokerLog(logLevel),
      onChanged: (file) => cli.say(`${file} was changed, and counts from now on.`),
      ...(memory ? { firstDatabase: 'memory:' } : {}),
      ...(port === undefined ? {} : { port }),
      ...(postgres === undefined ? {} : { database: postgres }),
      ...(page === undefined ? {} : { page }),
    })
    const facts = upFacts(running, home, page !== undefined)
    cli.print(json ? JSON.stringify(facts) : tellUp(facts, cli, unfoundBin(cli.env)))
    await ended
    await running.close()
  } finally {
    home.leave()
  }
}

/** The checkout's folder, when its `mayfly` is not what a shell would start; the lines that are printed are to be pasted. */
function unfoundBin({ PATH = '' }: NodeJS.ProcessEnv): string | undefined {
  const checkout = join(import.meta.dirname, '..', '..', '..')
  if (!existsSync(join(checkout, 'mayfly'))) return undefined
  return PATH.split(delimiter).some((folder) => existsSync(join(folder, 'mayfly'))) ? undefined : checkout
}
