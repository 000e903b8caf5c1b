import type { Command } from 'commander'
import { undoLatestEdit } from '../../host/files.ts'
import { Failure } from '../../model/failure.ts'
import { profilePaths } from '../../profiles/locate.ts'
import type { Cli } from '../cli.ts'
import { asWhom, collect, setupOptions } from '../setup/options.ts'
import type { RemoveOptions } from '../setup/remove.ts'
import { setupEdit } from '../setup/save-profile.ts'
import type { RoleOptions } from '../setup/setup-role.ts'
import type { UserOptions } from '../setup/setup-user.ts'

/** `mayfly setup`: the beginning of the story, for an account: a user whose key is useless without MFA, and roles. */
export function define(command: Command, cli: Cli): void {
  setupOptions(command.command('user').exitOverride())
    .summary('Make a user whose key is useless without MFA')
    .description(
      'Makes an IAM user whose permanent key opens nothing without MFA, through a CloudFormation stack whose change set is shown first. Then takes the key from its secret into the vault, writes the profile, and enrols an MFA device. The same command again goes on where it was interrupted, and changes what the flags say.',
    )
    .argument('<name>', "the user's, and the profile's")
    .option('--no-mfa', 'enrol no MFA device now')
    .option('--mfa-process <command>', 'a command that keeps the seed instead of your phone, as for `mfa enroll`')
    .option('--json', 'print one object: stackName, changes, accessKeyId, profile, mfaSerial and more')
    .addHelpText(
      'after',
      `
Examples:
  mayfly setup user ann --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3FullAccess
  mayfly setup user ann --profile admin --region eu-central-1 --no-execute
  mayfly setup user ann --permissions-boundary arn:aws:iam::111122223333:policy/limit --tags team=data`,
    )
    .action(async (name: string, options: UserOptions) =>
      (await import('../setup/setup-user.ts')).setupUser(cli, name, options),
    )

  setupOptions(command.command('role').exitOverride())
    .summary('Make a role for people who come with MFA')
    .description(
      'Makes an IAM role that people of this account get with MFA, through a CloudFormation stack whose change set is shown first, and writes a profile for it over the profile of a person.',
    )
    .argument('<name>', "the role's, and the profile's")
    .option('--source-profile <name>', 'the profile of the person; without it no profile is written')
    .option(
      '--trusted-principal-arn <arn>',
      'who may ask for it (default: users of the account whose policies let them)',
      collect,
      [],
    )
    .option('--max-session-duration <seconds>', 'the longest session, 3600 to 43200')
    .option('--json', 'print one object: stackName, changes, roleArn, profile and more')
    .addHelpText(
      'after',
      `
Examples:
  mayfly setup role reader --source-profile ann --managed-policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
  mayfly setup role reader --profile admin --trusted-principal-arn arn:aws:iam::111122223333:user/ann --no-execute`,
    )
    .action(async (name: string, options: RoleOptions) =>
      (await import('../setup/setup-role.ts')).setupRole(cli, name, options),
    )

  asWhom(command.command('remove').exitOverride())
    .summary('Remove a user or role that setup made')
    .description(
      "Deletes the stack of a user or role, a user's MFA devices and further keys before it, and afterwards the profile and the key here. It shows what goes, and asks.",
    )
    .argument('<name>', 'the user or role')
    .option('--json', 'print {"stackName", "removed"}')
    .addHelpText('after', '\nExample:\n  mayfly setup remove ann')
    .action(async (name: string, options: RemoveOptions) =>
      (await import('../setup/remove.ts')).removeSetup(cli, name, options),
    )

  command
    .command('undo')
    .exitOverride()
    .summary('Take back the last change of the config file')
    .description(
      'Takes back the last change that setup made to the config file, byte for byte. At AWS nothing changes.',
    )
    .action(() => undo(cli))

  command.action(() => {
    throw new Failure('usage', 'setup needs to know what to do.', { hint: 'mayfly setup user|role|remove NAME' })
  })
}

async function undo(cli: Cli): Promise<void> {
  const { config } = profilePaths(cli.env)
  const undone = await undoLatestEdit(await cli.host(), config, setupEdit)
  if (!undone) throw new Failure('usage', `No setup changed ${config}.`, { hint: 'There is nothing to undo.' })
  cli.print(`${config} is what it was before the last setup. To remove what is at AWS: mayfly setup remove NAME`)
}
