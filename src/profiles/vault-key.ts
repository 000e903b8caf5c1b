import { Failure } from '../model/failure.ts'
import type { StoredKeySpec } from '../model/source-spec.ts'
import { placeText, shown } from './parse.ts'
import type { Profile } from './read.ts'

/** What other tools read such a profile's credentials from. */
const elsewhere = ['credential_process']

/** The key of the vault a user's profile links to, or a `Failure` that says how it gets one. */
export function keyOf(profile: Profile): StoredKeySpec {
  const { entries } = profile
  const name = (): string => shown(profile.name)
  const plain = entries.get('aws_access_key_id') ?? entries.get('aws_secret_access_key')
  const token = entries.get('aws_session_token') ?? entries.get('aws_security_token')
  if (plain && token)
    throw new Failure(
      'profile-incomplete',
      `${placeText(plain.at)}: the profile ${name()} holds a session, not a key.`,
      {
        hint: 'Sessions cannot be renewed from a file; give the profile a key or a role.',
      },
    )
  if (plain)
    throw new Failure('key-not-found', `${placeText(plain.at)}: the key of ${name()} stands there in plain text.`, {
      hint: `Move it into the vault: mayfly keys import ${typed(profile.name)}`,
    })
  const entry = entries.get('mayfly_key')
  // The value is not shown: it may be the secret half, put there by mistake.
  if (entry && !/^\w{16,128}$/.test(entry.value))
    throw new Failure('config-invalid', `${placeText(entry.at)}: this mayfly_key is not an access key id.`, {
      hint: 'mayfly keys list shows the keys of the vault.',
    })
  if (entry) return { kind: 'stored-key', accessKeyId: entry.value }
  const signIn = entries.get('sso_session') ?? entries.get('sso_start_url')
  if (signIn)
    throw new Failure(
      'profile-incomplete',
      `${placeText(signIn.at)}: the profile ${name()} says where to sign in, but not for which account and role.`,
      { hint: 'Add sso_account_id and sso_role_name; mayfly sso ls shows them.' },
    )
  const other = elsewhere.find((key) => entries.has(key))
  throw new Failure(
    'profile-incomplete',
    other
      ? `${placeText(entries.get(other)?.at ?? profile.at)}: the profile ${name()} has its credentials from ${other}, which Mayfly cannot use yet.`
      : `${placeText(profile.at)}: the profile ${name()} has neither a key nor a role.`,
    {
      hint: `Put a key under [${name()}] in ~/.aws/credentials and type: mayfly keys import ${typed(profile.name)}`,
    },
  )
}

/** A name as a shell takes it for one word. */
const typed = (name: string): string =>
  /^[\w.@:/+-]+$/.test(name) ? shown(name) : `'${shown(name).replaceAll("'", String.raw`'\''`)}'`
