import type { Command } from 'commander'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { listSso } from '../sso/list.ts'
import { type SyncFlags, syncSso, undoSync } from '../sso/sync.ts'

/** `mayfly sso`: what IAM Identity Center assigns to the person, as a list and as profiles. */
export function define(command: Command, cli: Cli): void {
  command
    .command('ls')
    .exitOverride()
    .summary('List the accounts and roles assigned to you')
    .description('Lists the accounts and roles that are assigned to you, and the profiles that lead there.')
    .argument('[session]', 'the sso-session; default: the only one there is')
    .option('--json', 'print a JSON array')
    .option('--no-input', 'never ask to sign in; fail with exit status 5 instead')
    .addHelpText('after', '\nExample:\n  mayfly sso ls corp')
    .action((session: string | undefined, options: { json?: boolean; input: boolean }) =>
      listSso(cli, session, options),
    )

  command
    .command('sync')
    .exitOverride()
    .summary('Write a profile for each of them')
    .description(
      'Writes a profile into the config file for every account and role that is assigned to you, shows the change before it makes it, and leaves every other byte alone.',
    )
    .argument('[session]', 'the sso-session; default: the only one there is')
    .option('--template <name>', 'of profile names: {account}, {account_id}, {role}, {session}', '{account}.{role}')
    .option('--region <name>', 'the region to write into the profiles')
    .option('--start-url <url>', 'write the sso-session, too: where you sign in')
    .option('--sso-region <name>', 'and the region of its Identity Center')
    .option('--prune', 'remove the profiles it made for roles that are gone')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--json', 'print {"session", "added", "changed", "removed", "vanished", "blocked", "profiles"}')
    .option('--no-input', 'never ask to sign in; fail with exit status 5 instead')
    .addHelpText(
      'after',
      "\nExamples:\n  mayfly sso sync corp --start-url https://d-1234567890.awsapps.com/start --sso-region eu-central-1\n  mayfly sso sync corp --dry-run\n  mayfly sso sync corp --template '{session}/{account}/{role}' --prune",
    )
    .action((session: string | undefined, flags: SyncFlags) => syncSso(cli, session, flags))

  command
    .command('undo')
    .exitOverride()
    .summary('Bring back the config file as it was before the last sync')
    .description('Takes back the last sync, byte for byte. Refuses when the file was changed since.')
    .action(() => undoSync(cli))

  command.action(() => {
    throw new Failure('usage', 'sso needs to know what to do.', { hint: 'mayfly sso ls|sync|undo' })
  })
}
