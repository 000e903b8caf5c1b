import type { Command } from 'commander'
import { type Asking, askingInShell } from '../asking.ts'
import type { Cli } from '../cli.ts'
import { utcSeconds } from '../environment.ts'
import { hostOptions, type SessionOptions, sessionOptions } from '../options.ts'
import { printable, timeLeft } from '../output.ts'
import { userProfile } from '../profile.ts'

/** `mayfly whoami`: what AWS says of the credentials, of a profile or of this shell. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command)
    .description('Asks AWS (GetCallerIdentity) who the credentials of a profile, or those of this shell, belong to.')
    .argument('[profile]', 'default: the credentials in the environment, else as for `login`')
    .option('--json', 'print {"Account", "Arn", "UserId", "Expiration"}')
    .addHelpText('after', '\nExamples:\n  mayfly whoami ann\n  mayfly exec ann -- mayfly whoami')
    .action(async (name: string | undefined, options: SessionOptions) => whoami(cli, name, options))
}

async function whoami(cli: Cli, name: string | undefined, options: SessionOptions): Promise<void> {
  const host = await cli.host(hostOptions(options))
  const { env } = cli
  const isShell = name === undefined && env.AWS_ACCESS_KEY_ID !== undefined
  const { key, sts, expiration } = isShell ? askingInShell(env) : await fromProfile()
  const { callerIdentity } = await import('../../sources/caller-identity.ts')
  const { account: Account, arn: Arn, userId: UserId } = await callerIdentity(host, key, sts)
  if (options.json)
    cli.print(JSON.stringify({ Account, Arn, UserId, ...(expiration ? { Expiration: utcSeconds(expiration) } : {}) }))
  else {
    cli.print(`${cli.style('bold', printable(Arn))}`)
    cli.print(`account ${printable(Account)}, user id ${printable(UserId)}`)
    if (expiration) cli.print(`ends ${utcSeconds(expiration)}, in ${timeLeft(expiration, host.now())}`)
  }

  async function fromProfile(): Promise<Asking> {
    const profile = userProfile(env, name)
    const { open } = await import('../../sources/index.ts')
    const credentials = await open(profile.spec, host)()
    return { key: credentials, sts: profile.sts, expiration: credentials.expiration }
  }
}
