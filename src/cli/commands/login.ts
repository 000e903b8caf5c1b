import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { utcSeconds } from '../environment.ts'
import { hostOptions, type SessionOptions, sessionOptions } from '../options.ts'
import { timeLeft } from '../output.ts'
import { userProfile } from '../profile.ts'

interface LoginOptions extends SessionOptions {
  readonly refresh?: boolean
  readonly remote?: boolean
  readonly broker?: string
  readonly device?: boolean
  readonly authenticator?: string
}

/** `mayfly login`: ask now, so that nothing has to ask later. */
export function define(command: Command, cli: Cli): void {
  sessionOptions(command)
    .description('Gets the session of a profile and keeps it in the vault, so that nothing needs a code until it ends.')
    .argument('[profile]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('--refresh', 'get a new session even when the kept one still lives')
    .option('--remote', 'for aws login profiles: sign in on any machine, and paste a code here')
    .option('--broker <url>', 'sign in to a Mayfly broker, instead of a profile')
    .option('--device', 'with --broker: by a code that is entered on any device')
    .option('--authenticator <name>', "with --broker: where to sign in, by the broker's name for it")
    .option('--json', 'print {"profile", "accessKeyId", "accountId", "expiration"}')
    .addHelpText(
      'after',
      '\nExamples:\n  mayfly login ann\n  mayfly login ann --mfa-code 123456 --json\n  mayfly login --broker https://mayfly.example.com',
    )
    .action(async (name: string | undefined, options: LoginOptions) => {
      const { broker, device, authenticator } = options
      if (broker === undefined && (device || authenticator !== undefined))
        throw new Failure('usage', '--device and --authenticator are for --broker URL.')
      if (broker !== undefined && name !== undefined)
        throw new Failure('usage', 'login takes a profile or a --broker.', { hint: 'mayfly login --broker URL' })
      if (broker !== undefined) return (await import('../broker/login.ts')).loginToBroker(cli, { ...options, broker })
      const profile = userProfile(cli.env, name)
      const { open } = await import('../../sources/index.ts')
      const host = await cli.host(hostOptions(options))
      const { renewSignIns } = await import('../sso/sign-ins.ts')
      await renewSignIns(profile.spec, host, options.remote)
      const credentials = await open(profile.spec, host)({ forceRefresh: options.refresh === true })
      const { accessKeyId, accountId, expiration } = credentials
      if (options.json)
        cli.print(JSON.stringify({ profile: profile.name, accessKeyId, accountId, expiration: utcSeconds(expiration) }))
      else
        cli.print(
          `${profile.name}: a session (${accessKeyId}) until ${utcSeconds(expiration)}, ${timeLeft(expiration, host.now())} from now.`,
        )
    })
}
