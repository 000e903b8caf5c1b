import { devNull } from 'node:os'
import { type Command, InvalidArgumentError } from 'commander'
import { Failure } from '../../model/failure.ts'
import { environmentAt, profilesNamed, type Started, startAgent } from '../agent/start.ts'
import type { Cli } from '../cli.ts'
import { changedEnvironment, type EnvironmentChange } from '../environment.ts'
import { type SessionOptions, sessionOptions } from '../options.ts'
import { userProfiles } from '../profile.ts'
import { runCommand } from '../run-command.ts'
import { shellNamed, shells } from '../shells.ts'

interface ServeOptions extends SessionOptions {
  readonly port?: number
  readonly shell?: string
}

/** `mayfly agent`: credentials that renew themselves, and that a broker can take back. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command.command('serve').exitOverride())
    .summary('Serve profiles to the programs of this machine')
    .description(
      'Serves the credentials of profiles on 127.0.0.1 until Ctrl-C, and prints the variables that lead programs there.',
    )
    .argument('[profiles...]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('--port <number>', 'default: a free one', port)
    .option('--shell <name>', `how to print the variables: ${Object.keys(shells).join(', ')} (default: from $SHELL)`)
    .option('--json', 'print {"profile", "set", "unset"}, a line a profile')
    .addHelpText('after', '\nExamples:\n  mayfly agent serve reader\n  mayfly agent serve reader deploy --port 9911')
    .action((names: readonly string[], options: ServeOptions) => serve(cli, names, options))

  sessionOptions(command.command('exec').exitOverride())
    .summary('Run a command that gets its credentials from an agent')
    .description(
      'Runs a command whose SDKs ask an agent for credentials, as long as it runs. Unlike with `mayfly exec` they are renewed, and taken back when the broker revokes them.',
    )
    .argument('<profile>')
    .argument('<command...>')
    .option('--json', 'failures as JSON')
    .addHelpText('after', '\nExample:\n  mayfly agent exec reader -- ./server')
    .action((name: string, words: readonly string[], options: SessionOptions) => execute(cli, name, words, options))

  command.action(() => {
    throw new Failure('usage', 'agent needs to know what to do.', { hint: 'mayfly agent serve|exec' })
  })
}

async function serve(cli: Cli, names: readonly string[], options: ServeOptions): Promise<void> {
  const profiles = profilesNamed(cli, names)
  const shell = shellNamed(options.shell, cli.env.SHELL)
  const started = await startAgent(cli, profiles, options)
  for (const profile of profiles) {
    const change = environmentAt(profile, started.served)
    if (options.json) cli.print(JSON.stringify({ profile: profile.name, ...change }))
    else for (const line of linesOf(change, shell, options.shell === 'dotenv')) cli.print(line)
  }
  cli.say(`mayfly: serving ${profiles.map(({ name }) => name).join(', ')} until Ctrl-C`)
  await endOfProcess()
  await started.close()
}

const linesOf = (
  { set, unset }: EnvironmentChange,
  shell: ReturnType<typeof shellNamed>,
  isFile: boolean,
): readonly string[] => [
  ...(isFile ? [] : unset.map((variable) => shell.unset(variable))),
  ...Object.entries(set).map(([variable, value]) => shell.set(variable, value)),
]

async function execute(cli: Cli, name: string, words: readonly string[], options: SessionOptions): Promise<void> {
  const [profile] = profilesNamed(cli, [name])
  if (!profile) throw new TypeError('one name gives one profile')
  const started: Started = await startAgent(cli, [profile], options)
  try {
    // Now, where a failure can be told, and not in the middle of the command.
    await started.agent.credentials(profile.name)
    const env = changedEnvironment(cli.env, environmentAt(profile, started.served))
    process.exitCode = await runCommand(words, { ...env, ...withoutDefault(cli) })
  } finally {
    await started.close()
  }
}

/**
 * SDKs look at the default profile before they ask a container's endpoint. Where that has credentials of its own, the
 * command is not shown the files: it would run as somebody else.
 */
function withoutDefault(cli: Cli): NodeJS.ProcessEnv {
  const entries = userProfiles(cli.env).profiles.get('default')?.entries
  const isHarmless = ![...(entries?.keys() ?? [])].some((key) => giving.test(key))
  return isHarmless ? {} : { AWS_CONFIG_FILE: devNull, AWS_SHARED_CREDENTIALS_FILE: devNull }
}

const giving = /^(?:aws_|role_arn$|source_profile$|credential_|web_identity_|sso_|login_session$)/

const endOfProcess = (): Promise<void> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })

function port(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) <= 65_535) return Number(text)
  throw new InvalidArgumentError('It is a port from 1 to 65535.')
}
