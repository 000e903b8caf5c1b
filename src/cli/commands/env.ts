import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { type EnvironmentChange, environmentCleared } from '../environment.ts'
import { hostOptions, type SessionOptions, sessionOptions } from '../options.ts'
import { environmentOf, userProfile } from '../profile.ts'
import { shellNamed, shells } from '../shells.ts'

interface Options extends SessionOptions {
  readonly shell?: string
  readonly unset?: boolean
}

/** `mayfly env`: temporary credentials as lines for a shell to evaluate. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command)
    .description('Prints temporary credentials as shell commands, and unsets what would contradict them.')
    .argument('[profile]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('--shell <name>', `${Object.keys(shells).join(', ')} (default: from $SHELL)`)
    .option('--unset', 'print the commands that remove them again')
    .option('--json', 'print {"set": {…}, "unset": […]}')
    .addHelpText(
      'after',
      `
Examples:
  eval "$(mayfly env ann)"
  eval "$(mayfly env --unset)"
  mayfly env ann --shell fish | source
  mayfly env ann --shell dotenv > .env`,
    )
    .action(async (name: string | undefined, options: Options) => {
      if (options.unset && name !== undefined)
        throw new Failure('usage', '--unset takes no profile.', { hint: 'eval "$(mayfly env --unset)"' })
      const change = options.unset ? environmentCleared(cli.env) : await changeFor(cli, name, options)
      if (options.json) return cli.print(JSON.stringify(change))
      const shell = shellNamed(options.shell, cli.env.SHELL)
      const isFile = options.shell === 'dotenv'
      for (const variable of isFile ? [] : change.unset) cli.print(shell.unset(variable))
      for (const [variable, value] of Object.entries(change.set)) cli.print(shell.set(variable, value))
    })
}

async function changeFor(cli: Cli, name: string | undefined, options: Options): Promise<EnvironmentChange> {
  const profile = userProfile(cli.env, name)
  const { open } = await import('../../sources/index.ts')
  const source = open(profile.spec, await cli.host(hostOptions(options)))
  return environmentOf(profile, await source())
}
