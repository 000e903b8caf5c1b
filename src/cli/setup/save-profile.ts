import { editFile } from '../../host/files.ts'
import type { NodeHost } from '../../host/node-host.ts'
import { accountOfKeyId } from '../../model/access-key-id.ts'
import { accountOfArn } from '../../model/arn.ts'
import { Failure } from '../../model/failure.ts'
import { diff } from '../../profiles/diff.ts'
import { setKeys } from '../../profiles/edit.ts'
import { profilePaths } from '../../profiles/locate.ts'
import { parseSections } from '../../profiles/parse.ts'
import { headerFor, headerOf } from '../../profiles/read.ts'
import { wayOf } from '../../profiles/ways/index.ts'
import type { Cli } from '../cli.ts'
import { userProfiles } from '../profile.ts'

/** What the vault calls an edit of this verb. */
export const setupEdit = 'setup'

/** Writes keys of a profile and shows the change; every other byte stays. Says whether there was one to make. */
export async function saveProfile(
  cli: Cli,
  host: NodeHost,
  name: string,
  values: Readonly<Record<string, string>>,
  isQuiet: boolean,
): Promise<boolean> {
  const { config } = profilePaths(cli.env)
  const change = (text: string): string => {
    const section = parseSections(text, config).find(({ header }) => isOf(header, name))
    return setKeys(text, section?.header ?? headerFor(name), values, config)
  }
  const edit = await editFile(config, change, host, setupEdit)
  if (edit && !isQuiet) cli.say(diff(edit.before ?? '', edit.after, config))
  return edit !== undefined
}

/** Whether a header of the config file is that of the profile, however it is quoted. */
const isOf = (header: string, profile: string): boolean => {
  const { kind, name } = headerOf(header)
  return kind === 'profile' && name === profile
}

/**
 * Makes sure, before anything is deployed, that a profile may be written: there is none of that name, or it is the one
 * that was written before. Throws `key-exists` for a profile that is something else, and `usage` for a name that cannot
 * be one.
 */
export function assertFree(
  cli: Cli,
  name: string,
  mine: { readonly account: string; readonly roleName?: string },
): void {
  headerFor(name)
  const profile = userProfiles(cli.env).profiles.get(name)
  if (!profile) return
  const value = (key: string): string | undefined => profile.entries.get(key)?.value
  const hasKey = ['aws_access_key_id', 'aws_secret_access_key', 'credential_process'].some((key) => value(key))
  const role = value('role_arn')
  const key = value('mayfly_key')
  const isOther =
    hasKey ||
    wayOf(profile) !== undefined ||
    (role !== undefined && !isRole(role, mine)) ||
    (key !== undefined && (mine.roleName !== undefined || accountOfKeyId(key) !== mine.account))
  if (isOther)
    throw new Failure('key-exists', `There is a profile ${name} already, and it is another identity.`, {
      hint: 'Nothing was deployed. Write the new one under another name: --save-as NAME',
    })
}

/** Whether an ARN is that of the role, under whichever path. */
const isRole = (arn: string, mine: { readonly account: string; readonly roleName?: string }): boolean =>
  mine.roleName !== undefined && accountOfArn(arn) === mine.account && arn.endsWith(`/${mine.roleName}`)
