import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { type EnrollOptions, enroll } from '../mfa/enroll.ts'

/** `mfa enroll`: the second factor that makes a permanent key worthless by itself. */
export function define(command: Command, cli: Cli): void {
  command
    .command('enroll')
    .exitOverride()
    .summary('Create and enable a virtual MFA device')
    .description(
      'Creates a virtual MFA device for the user of a profile, shows its QR code, enables it with two codes, and writes mfa_serial to the profile.',
    )
    .argument('[profile]', 'default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default"')
    .option('--device-name <name>', "default: the user's name, which most policies allow")
    .option(
      '--mfa-process <command>',
      'a command that keeps the seed instead of your phone: it reads the otpauth:// address on standard input (MAYFLY_ENROLLING=1) and prints two consecutive codes',
    )
    .option('--no-input', 'never ask; fail with exit status 5 where an answer is needed')
    .option('--json', 'print {"profile", "userName", "serialNumber"}')
    .addHelpText('after', '\nExamples:\n  mayfly mfa enroll ann\n  mayfly mfa enroll ann --device-name ann-backup')
    .action((profile: string | undefined, options: EnrollOptions) => enroll(cli, profile, options))

  command.action(() => {
    throw new Failure('usage', 'mfa needs to know what to do.', { hint: 'mayfly mfa enroll PROFILE' })
  })
}
