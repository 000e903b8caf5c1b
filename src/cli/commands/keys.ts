import type { Command } from 'commander'
import { accountOfKeyId } from '../../model/access-key-id.ts'
import { Failure } from '../../model/failure.ts'
import type { Cli } from '../cli.ts'
import { forgetKeyOf } from '../keys/forget.ts'
import { importKeys } from '../keys/import.ts'
import { undoImport } from '../keys/undo.ts'
import { table } from '../output.ts'
import { userProfiles } from '../profile.ts'

/** `mayfly keys`: permanent keys on their way out of plain text. */
export function define(command: Command, cli: Cli): void {
  command
    .command('import')
    .exitOverride()
    .summary('Move keys from ~/.aws/credentials into the vault')
    .description(
      'Moves the permanent keys of profiles out of ~/.aws into the encrypted vault and leaves every other byte of the files alone. The files as they were are kept in the vault: `mayfly keys undo` brings them back.',
    )
    .argument('[profile...]', 'whose keys')
    .option('--all', 'every profile that has one')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--passphrase', 'protect a new vault with a passphrase instead of a key file')
    .option('--no-input', 'never ask; fail with exit status 5 where an answer is needed')
    .option('--json', 'print {"imported": [{"profile", "accessKeyId"}]}')
    .addHelpText('after', '\nExamples:\n  mayfly keys import ann\n  mayfly keys import --all --dry-run')
    .action((names: readonly string[], options: ImportOptions) => importKeys(cli, names, options))

  command
    .command('list')
    .exitOverride()
    .summary('List the keys of the vault')
    .description(
      'Lists the permanent keys in the vault, with the account each belongs to and the profiles that use it.',
    )
    .option('--json', 'print a JSON array')
    .action((options: { json?: boolean }) => list(cli, options.json === true))

  command
    .command('forget')
    .exitOverride()
    .summary('Remove a key from the vault')
    .description('Removes a permanent key from the vault for good. At AWS it stays what it is: delete it there too.')
    .argument('<key>', 'an access key id, or the profile that uses it')
    .option('--yes', 'do not ask')
    .option('--no-input', 'never ask')
    .action((key: string, options: { yes?: boolean; input: boolean }) => forgetKeyOf(cli, key, options))

  command
    .command('undo')
    .exitOverride()
    .summary('Bring back ~/.aws/credentials as it was before the last import')
    .description(
      'Takes back the last import: the credentials file is again what it was, byte for byte. Refuses when it was changed since.',
    )
    .action(() => undoImport(cli))

  command.action(() => {
    throw new Failure('usage', 'keys needs to know what to do.', { hint: 'mayfly keys import|list|forget|undo' })
  })
}

export interface ImportOptions {
  readonly all?: boolean
  readonly dryRun?: boolean
  readonly passphrase?: boolean
  readonly input: boolean
  readonly json?: boolean
}

async function list(cli: Cli, json: boolean): Promise<void> {
  const { listKeys } = await import('../../sources/stored-keys.ts')
  const host = await cli.host()
  const { profiles } = userProfiles(cli.env)
  const keys = (await listKeys(host.vault)).map((key) => ({
    accessKeyId: key.accessKeyId,
    account: accountOfKeyId(key.accessKeyId),
    profiles: [...profiles.values()]
      .filter((profile) => profile.entries.get('mayfly_key')?.value === key.accessKeyId)
      .map((profile) => profile.name),
    importedAt: key.importedAt.toISOString(),
  }))
  if (json) return cli.print(JSON.stringify(keys, undefined, 2))
  if (keys.length === 0) return cli.say('The vault holds no keys. mayfly keys import PROFILE moves one there.')
  cli.print(
    table([
      ['KEY', 'ACCOUNT', 'PROFILES', 'IMPORTED'],
      ...keys.map((key) => [
        key.accessKeyId,
        key.account ?? '-',
        key.profiles.join(', ') || '-',
        key.importedAt.slice(0, 10),
      ]),
    ]),
  )
}
