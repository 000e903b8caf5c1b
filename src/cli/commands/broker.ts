import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { CheckQuestion } from '../broker/ask-check.ts'
import { counted } from '../broker/show.ts'
import type { Cli } from '../cli.ts'

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/** `mayfly broker`: issues, shows and ends the sessions of an organisation. */
export function define(command: Command, cli: Cli): void {
  command
    .description(
      'Runs the broker: people and workloads prove who they are to it, and it gives them sessions of the roles that its grants name. docs/broker.md says how to run it, docs/broker-config.md what its file says.',
    )
    .option('--config <file>', 'its configuration', 'mayfly.yaml')
    .option('--database <url>', 'instead of the one in the configuration')
    .option('--log-level <level>', 'debug, info, warn or error', 'info')
    .addHelpText(
      'after',
      `
It runs until Ctrl-C or SIGTERM, logs JSON lines to standard error, and takes over changes of its file (or on SIGHUP).

Examples:
  mayfly broker --config mayfly.yaml
  mayfly broker --config mayfly.yaml --database postgres://mayfly@db.internal/mayfly
  mayfly broker check --config mayfly.yaml`,
    )
    .action((options: RunOptions) => runBroker(cli, options))

  command
    .command('check')
    .exitOverride()
    .summary('Validate a configuration, or ask it a question')
    .description(
      'Reads the configuration and names every fault with its line. With --who and --role it decides as the broker would, and says by which grant.',
    )
    .option('--config <file>', 'the configuration (default: "mayfly.yaml")')
    .option('--who <id>', 'a person by name, or a principal by id')
    .option('--group <group>', 'a group they are in; repeat it for more', collect, [])
    .option('--claim <name=value>', 'what else their proof says; repeat it for more', collect, [])
    .option('--role <role>', 'the role they ask for')
    .option('--duration <time>', 'how long: 2h, 90m')
    .option('--at <instant>', 'when; default now')
    .option('--from <address>', 'from where', '127.0.0.1')
    .option('--reason <text>', 'the reason they give')
    .option('--ticket <text>', 'the ticket they give')
    .option('--mfa', 'they have just shown a second factor')
    .option('--break-glass', 'it is an emergency')
    .option('--json', 'print the answer as JSON')
    .addHelpText(
      'after',
      `
Exit status: 0 when the file is good and the answer is yes, 1 when it is no, 3 when the file is not good.

Examples:
  mayfly broker check --config mayfly.yaml
  mayfly broker check --who ann@example.com --group developers --role prod-admin --duration 2h --at 2026-11-22T12:00:00Z`,
    )
    .action((options: CheckOptions, self: Command) =>
      // The verb has the same option, and may be the one that took it.
      check(cli, { ...options, config: options.config ?? self.optsWithGlobals<RunOptions>().config }),
    )
}

interface RunOptions {
  readonly config: string
  readonly database?: string
  readonly logLevel: string
}

interface CheckOptions extends CheckQuestion {
  readonly config?: string
  readonly json?: boolean
}

async function runBroker(cli: Cli, { config: file, database, logLevel }: RunOptions): Promise<void> {
  if (!['debug', 'info', 'warn', 'error'].includes(logLevel))
    throw new Failure('usage', `There is no log level ${JSON.stringify(logLevel)}.`, {
      hint: 'Say debug, info, warn or error.',
    })
  const { serveBroker } = await import('../broker/serve.ts')
  await serveBroker(cli, { file, logLevel, ...(database === undefined ? {} : { database }) })
}

async function check(cli: Cli, options: CheckOptions & { readonly config: string }): Promise<void> {
  const { readConfig } = await import('../../broker/config/read-config.ts')
  const config = readConfig(options.config)
  const { who, role, json } = options
  if (who === undefined || role === undefined) {
    if (who !== undefined || role !== undefined)
      throw new Failure('usage', 'A question needs both --who and --role.', {
        hint: 'Leave both out to check the file alone.',
      })
    const { roles, grants, authenticators } = config
    const counts = { roles: Object.keys(roles).length, grants: grants.length, authenticators: authenticators.length }
    if (json) cli.print(JSON.stringify({ ok: true, ...counts }))
    else
      cli.print(
        `${options.config} is good: ${counted(counts.roles, 'role')}, ${counted(counts.grants, 'grant')}, ${counted(counts.authenticators, 'authenticator')}`,
      )
    return
  }
  const { answerCheck } = await import('../broker/ask-check.ts')
  const answer = answerCheck(config, options, new Date())
  if (!answer.allowed) process.exitCode = 1
  if (json) return cli.print(JSON.stringify(answer, undefined, 2))
  const { told } = await import('../../broker/decide/decide.ts')
  cli.print(
    answer.allowed
      ? cli.style(
          'green',
          `yes: ${who} may have ${role} for ${told(answer.duration ?? 0)}, by the grant ${answer.grant} (${options.config}:${answer.line})`,
        )
      : cli.style('red', `no: nothing gives ${who} the role ${role}`),
  )
  for (const { grant, line, allowed, because } of answer.considered)
    cli.print(`  ${options.config}:${line} ${grant}: ${allowed ? 'allows it' : because.join(' ')}`)
  if (answer.considered.length === 0) cli.print('  no grant of this role is for them')
}
