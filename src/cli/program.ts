import { Command, CommanderError } from 'commander'
import { Failure } from '../model/failure.ts'
import type { Cli, HostOptions, Verb } from './cli.ts'
import { exitStatus } from './exit-status.ts'
import { printable, processOutput } from './output.ts'
import { verbs } from './verbs.ts'

/** Runs one command line and gives the exit status. Nothing else in Mayfly decides how a failure is shown. */
export async function run(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const cli: Cli = {
    ...processOutput(env),
    env,
    host: async (options: HostOptions = {}) => (await import('../host/node-host.ts')).nodeHost(env, options),
  }
  try {
    const program = await programFor(argv, cli)
    await program.parseAsync([...argv], { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exitStatus.usage
    return reportFailure(error, argv.slice(0, endOfOptions(argv)).includes('--json'), env, cli)
  }
}

/** Options end at `--`: what follows belongs to the command to run. */
const endOfOptions = (argv: readonly string[]): number => (argv.includes('--') ? argv.indexOf('--') : argv.length)

/** The program with the one verb that is called loaded, and all the others known by name and summary. */
async function programFor(argv: readonly string[], cli: Cli): Promise<Command> {
  const program = new Command('mayfly')
    .description('Short-lived AWS credentials in every tool, and an AWS on loopback to try it all on.')
    .version(version(), '-V, --version')
    .showSuggestionAfterError()
    .showHelpAfterError('(mayfly --help lists the verbs, mayfly VERB --help shows one)')
    .enablePositionalOptions()
    .exitOverride()
  program.addHelpText('after', firstSteps)
  const called = argv[0] === 'help' ? argv[1] : argv.find((word) => !word.startsWith('-'))
  for (const verb of verbs) program.addCommand(await commandFor(verb, called, cli))
  return program
}

async function commandFor(verb: Verb, called: string | undefined, cli: Cli): Promise<Command> {
  const command = new Command(verb.name).summary(verb.summary).description(`${verb.summary}.`).exitOverride()
  command.showHelpAfterError(`(mayfly ${verb.name} --help shows how it is used)`)
  if (verb.name === called) (await verb.load()).define(command, cli)
  for (const sub of command.commands)
    sub.showHelpAfterError(`(mayfly ${verb.name} ${sub.name()} --help shows how it is used)`)
  if (command.commands.length > 0 && command.registeredArguments.length === 0) refuseUnknown(command)
  return command
}

/** Commander takes a mistyped second word for one argument too many where a verb does something by itself, too. */
function refuseUnknown(command: Command): void {
  command.allowExcessArguments().hook('preAction', (_, called) => {
    const [word] = called === command ? command.args : []
    if (word === undefined) return
    const known = command.commands.map((sub) => sub.name()).join(', ')
    command.error(`error: unknown command '${printable(word)}'\n(There is: ${known})`, {
      code: 'commander.unknownCommand',
    })
  })
}

const firstSteps = `
First steps:
  mayfly tour                      the whole story in a minute, without an AWS account
  mayfly keys import PROFILE       take a permanent key out of ~/.aws/credentials
  mayfly mfa enroll PROFILE        give the user an MFA device
  mayfly exec PROFILE -- CMD       run a command with temporary credentials`

function reportFailure(error: unknown, json: boolean, env: NodeJS.ProcessEnv, cli: Cli): number {
  const failure = error instanceof Failure ? error : internal(error, env)
  const code = error instanceof Failure ? error.code : 'internal'
  if (json) cli.say(JSON.stringify({ error: { code, message: failure.message, hint: failure.hint } }))
  else {
    cli.say(`mayfly: ${printable(failure.message)}`)
    if (failure.hint) cli.say(`  ${printable(failure.hint)}`)
  }
  return error instanceof Failure ? exitStatus[error.code] : 70
}

/** A fault of our own. Its stack is for whoever reports it, and only when they ask for it. */
function internal(error: unknown, env: NodeJS.ProcessEnv): { message: string; hint?: string } {
  const message = error instanceof Error ? error.message : String(error)
  if (env.MAYFLY_DEBUG && error instanceof Error) return { message: `internal error: ${error.stack ?? message}` }
  return {
    message: `internal error: ${message}`,
    hint: 'Run it again with MAYFLY_DEBUG=1 to see where, and report it.',
  }
}

/** Not by an import: that makes every export of node:fs, and would cost each verb 2 ms. */
function version(): string {
  const { readFileSync } = process.getBuiltinModule('node:fs')
  const description: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof description === 'object' && description && 'version' in description ? String(description.version) : '0'
}
