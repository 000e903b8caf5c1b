import { editFile, forgetEdits } from '../../host/files.ts'
import { Failure } from '../../model/failure.ts'
import { removeKeys } from '../../profiles/edit.ts'
import { profilePaths } from '../../profiles/locate.ts'
import { parseSections } from '../../profiles/parse.ts'
import { forgetKey, listKeys } from '../../sources/stored-keys.ts'
import type { Cli } from '../cli.ts'
import { userProfiles } from '../profile.ts'

/** Removes a key from the vault and the lines that lead to it. It is gone for good, so it asks first. */
export async function forgetKeyOf(cli: Cli, named: string, options: { yes?: boolean; input: boolean }): Promise<void> {
  const host = await cli.host({ input: options.input })
  const linked = userProfiles(cli.env).profiles.get(named)?.entries.get('mayfly_key')?.value
  const accessKeyId = linked ?? named
  if (!(await listKeys(host.vault)).some((key) => key.accessKeyId === accessKeyId))
    throw new Failure('key-not-found', `The vault holds no key ${named}.`, {
      hint: 'mayfly keys list shows what it holds.',
    })
  const text = `Forget ${accessKeyId}? Its secret is then nowhere on this machine.`
  if (!options.yes && !/^y(es)?$/i.test(await host.ask({ kind: 'confirm', text })))
    throw new Failure('interrupted', 'Nothing was changed.')
  const { config } = profilePaths(cli.env)
  await editFile(config, (content) => unlinked(content, config, accessKeyId), host)
  await forgetKey(host.vault, accessKeyId)
  // The files as they were before the import rest in the vault for `keys undo`, secret and all.
  await forgetEdits(host.vault, accessKeyId)
  cli.print(`${accessKeyId} is forgotten here. At AWS it still works; to end it there:
  aws iam delete-access-key --access-key-id ${accessKeyId} --user-name USER`)
}

/** The config file's text without the lines that lead to the key. */
export function unlinked(text: string, path: string, accessKeyId: string): string {
  let result = text
  for (const { header, entries } of parseSections(text, path))
    if (entries.some(({ key, value }) => key === 'mayfly_key' && value === accessKeyId))
      result = removeKeys(result, header, ['mayfly_key'], path)
  return result
}
