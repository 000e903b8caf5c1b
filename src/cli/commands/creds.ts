import type { Command } from 'commander'
import type { Cli } from '../cli.ts'
import { credentialProcessAnswer } from '../environment.ts'
import { hostOptions, type SessionOptions, sessionOptions } from '../options.ts'
import { userProfile } from '../profile.ts'

/** `mayfly creds`: the answer of a `credential_process`. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command)
    .description(
      'Prints temporary credentials as the JSON that credential_process wants. Questions go to the terminal, never to stdout.',
    )
    .argument('[profile]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('--json', 'accepted for symmetry; the answer is always JSON')
    .option('--refresh', 'get new credentials even when kept ones still live')
    .addHelpText(
      'after',
      `
In ~/.aws/config, under another name than the profile it asks for:
  [profile ann-tools]
  credential_process = mayfly creds ann --no-input

Examples:
  mayfly creds ann
  mayfly creds ann --mfa-code 123456`,
    )
    .action(async (name: string | undefined, options: SessionOptions & { refresh?: boolean }) => {
      const profile = userProfile(cli.env, name)
      const { open } = await import('../../sources/index.ts')
      const source = open(profile.spec, await cli.host(hostOptions(options)))
      cli.print(credentialProcessAnswer(await source({ forceRefresh: options.refresh === true })))
    })
}
