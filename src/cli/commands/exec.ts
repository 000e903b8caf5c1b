import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { changedEnvironment } from '../environment.ts'
import { hostOptions, type SessionOptions, sessionOptions } from '../options.ts'
import { environmentOf, userProfile } from '../profile.ts'
import { runCommand } from '../run-command.ts'

/** `mayfly exec`: one command, with temporary credentials in its environment and nowhere else. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command)
    .description('Runs a command with temporary credentials in its environment. Its exit status is passed through.')
    .argument('<profile>')
    .argument('[command...]', 'default: your shell')
    .addHelpText(
      'after',
      `
Exit status: the command's; 128 + N when signal N ended it; 127 when there is no such command.

Examples:
  mayfly exec ann -- aws s3 ls
  mayfly exec ann --mfa-code 123456 -- terraform plan
  mayfly exec ann                                          # a shell as ann`,
    )
    .action(async (name: string, words: readonly string[], options: SessionOptions) => {
      const profile = userProfile(cli.env, name)
      const { open } = await import('../../sources/index.ts')
      const source = open(profile.spec, await cli.host(hostOptions(options)))
      const env = changedEnvironment(cli.env, environmentOf(profile, await source()))
      const shell = cli.env.SHELL || '/bin/sh'
      process.exitCode = await runCommand(words.length > 0 ? words : [shell], env)
    })
}
