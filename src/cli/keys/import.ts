import { editFile } from '../../host/files.ts'
import { Failure } from '../../model/failure.ts'
import { diff } from '../../profiles/diff.ts'
import { removeKeys, setKeys } from '../../profiles/edit.ts'
import { profileFiles } from '../../profiles/locate.ts'
import { type ParsedSection, parseSections, placeText } from '../../profiles/parse.ts'
import { headerFor, headerOf, type ProfileFile } from '../../profiles/read.ts'
import { storeKey } from '../../sources/stored-keys.ts'
import type { Cli } from '../cli.ts'
import type { ImportOptions } from '../commands/keys.ts'

const idKey = 'aws_access_key_id'
const secretKey = 'aws_secret_access_key'

/** A permanent key found in one of the two files. */
interface PlainKey {
  readonly profile: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly file: ProfileFile
  readonly header: string
}

/**
 * Moves keys into the vault: the vault first, then the link to it in the config file, then out of plain text. Whatever
 * interrupts it, the key is somewhere, and importing again goes on.
 */
export async function importKeys(cli: Cli, names: readonly string[], options: ImportOptions): Promise<void> {
  const { config, credentials } = profileFiles(cli.env)
  const found = [...plainKeys(credentials, (header) => header), ...plainKeys(config, configName)]
  const wanted = options.all ? found : names.map((name) => keyNamed(found, name, credentials.path))
  if (wanted.length === 0)
    throw new Failure('key-not-found', options.all ? 'No profile has a key in plain text.' : 'Which profile?', {
      hint: options.all ? 'There is nothing to import.' : 'mayfly keys import PROFILE, or --all',
    })
  for (const { path, text } of [config, credentials]) {
    const before = text ?? ''
    const change = diff(before, edited(before, path, config.path, wanted), path)
    if (change && !options.json) cli.say(change)
  }
  if (options.dryRun) return cli.say('Nothing was changed (--dry-run).')
  const host = await cli.host({ input: options.input, ...(options.passphrase ? { passphrase: true } : {}) })
  for (const { profile, accessKeyId, secretAccessKey } of wanted)
    await storeKey(host.vault, { accessKeyId, secretAccessKey }, { profile, importedAt: host.now() })
  for (const path of new Set([config.path, ...wanted.map((key) => key.file.path)]))
    await editFile(path, (text) => edited(text, path, config.path, wanted), host)
  if (options.json)
    cli.print(JSON.stringify({ imported: wanted.map(({ profile, accessKeyId }) => ({ profile, accessKeyId })) }))
  else
    for (const { profile, accessKeyId } of wanted)
      cli.print(`${profile}: ${accessKeyId} now rests in the vault. To take it back: mayfly keys undo`)
}

/** What becomes of a file's text: the config file learns where the keys are, and no file keeps them. */
function edited(text: string, path: string, configPath: string, keys: readonly PlainKey[]): string {
  let result = text
  for (const key of keys) if (key.file.path === path) result = removeKeys(result, key.header, [idKey, secretKey], path)
  for (const key of keys)
    if (path === configPath) {
      const header = sectionOf(result, path, key.profile)?.header ?? headerFor(key.profile)
      result = setKeys(result, header, { mayfly_key: key.accessKeyId }, path)
    }
  return result
}

/** The config file's section of a profile, however its header is quoted. */
const sectionOf = (text: string, path: string, profile: string): ParsedSection | undefined =>
  parseSections(text, path).find(({ header }) => configName(header) === profile)

const configName = (header: string): string | undefined => {
  const { kind, name } = headerOf(header)
  return kind === 'profile' ? name : undefined
}

function plainKeys(file: ProfileFile, nameOf: (header: string) => string | undefined): PlainKey[] {
  return parseSections(file.text ?? '', file.path).flatMap((section) => {
    const profile = nameOf(section.header)
    const value = (key: string): string | undefined => section.entries.find((entry) => entry.key === key)?.value
    const accessKeyId = value(idKey)
    const secretAccessKey = value(secretKey)
    if (profile === undefined || (!accessKeyId && !secretAccessKey)) return []
    if (value('aws_session_token') || accessKeyId?.startsWith('ASIA')) return []
    const at = placeText(section.at)
    if (!accessKeyId || !secretAccessKey)
      throw new Failure('config-invalid', `${at}: ${profile} has only half a key.`, {
        hint: `A key is ${idKey} and ${secretKey}.`,
      })
    if (!/^\w{16,128}$/.test(accessKeyId))
      throw new Failure('config-invalid', `${at}: the ${idKey} of ${profile} is not an access key id.`)
    return [{ profile, accessKeyId, secretAccessKey, file, header: section.header }]
  })
}

function keyNamed(found: readonly PlainKey[], name: string, credentials: string): PlainKey {
  const keys = found.filter((key) => key.profile === name)
  const [key] = keys
  if (!key) {
    const others = found.map(({ profile }) => profile)
    throw new Failure('key-not-found', `The profile ${name} has no permanent key in plain text.`, {
      hint:
        others.length > 0
          ? `These have: ${others.join(', ')}.`
          : `None has: put it under [${name}] in ${credentials}, or see mayfly keys list.`,
    })
  }
  if (keys.some(({ accessKeyId }) => accessKeyId !== key.accessKeyId))
    throw new Failure('config-invalid', `The profile ${name} has one key in each file.`, {
      hint: 'The credentials file counts; remove the other.',
    })
  return key
}
