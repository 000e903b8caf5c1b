import { editFile, undoLatestEdit } from '../../host/files.ts'
import { Failure } from '../../model/failure.ts'
import { profilePaths } from '../../profiles/locate.ts'
import { parseSections } from '../../profiles/parse.ts'
import type { Cli } from '../cli.ts'
import { unlinked } from './forget.ts'

/**
 * Takes back the last import: the credentials file is what it was, and the config file no longer leads to the vault for
 * the keys that stand in plain text again. The vault keeps its copies until `keys forget`.
 */
export async function undoImport(cli: Cli): Promise<void> {
  const host = await cli.host()
  const { config, credentials } = profilePaths(cli.env)
  const undone = await undoLatestEdit(host, credentials)
  if (!undone)
    throw new Failure('key-not-found', `Mayfly made no change to ${credentials} that could be undone.`, {
      hint: 'mayfly keys list shows what the vault holds.',
    })
  const ids = parseSections(undone.after, credentials).flatMap(({ entries }) =>
    entries.filter(({ key }) => key === 'aws_access_key_id').map(({ value }) => value),
  )
  await editFile(config, (text) => ids.reduce((rest, id) => unlinked(rest, config, id), text), host)
  cli.print(`${credentials} is what it was before the import. The vault keeps its copy; mayfly keys list shows it.`)
}
