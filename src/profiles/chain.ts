import { Failure } from '../model/failure.ts'
import type { MfaSpec } from '../model/source-spec.ts'
import { type Entry, placeText, shown } from './parse.ts'
import type { Profile, Profiles } from './read.ts'
import { near } from './suggest.ts'
import { credentialSources } from './ways/ambient.ts'
import { wayOf } from './ways/index.ts'

/** The way from a profile to the user whose key all starts with, or to the profile that gets a session its own way. */
export interface Chain {
  /** The roles, the one wanted first, the one the user assumes last. */
  readonly roles: readonly Profile[]
  /** Has the key or the way; may be the last of the roles itself when it has a key. */
  readonly user: Profile
  /** The user's device, wherever in the chain it is named. */
  readonly mfa: MfaSpec | undefined
}

/** More than anyone can mean: each role is a call to AWS. */
const longest = 16

/**
 * Follows source_profile down to the user, or to the first profile with a way of its own (`ways/`). As in botocore, a source_profile with a key of its own uses it before its
 * role, and a profile may name itself when it has one. Throws `profile-loop`, `profile-incomplete` or `config-invalid`.
 */
export function chainOf(profile: Profile, profiles: Profiles): Chain {
  const roles: Profile[] = []
  const visited = new Set<Profile>()
  let user = profile
  while (user.entries.has('role_arn') && !wayOf(user) && !(roles.length > 0 && hasKey(user))) {
    roles.push(user)
    visited.add(user)
    const source = sourceOf(user, profiles)
    if (source === user && hasKey(user)) break
    if (visited.has(source)) throw loop(roles, source)
    user = source
  }
  if (roles.length > longest)
    throw new Failure(
      'config-invalid',
      `${placeText(profile.at)}: ${shown(profile.name)} is ${roles.length} roles away from its user; ${longest} is the most.`,
      { hint: 'Let source_profile name a profile nearer to the user.' },
    )
  return { roles, user, mfa: deviceOf([...roles, user]) }
}

const hasKey = ({ entries }: Profile): boolean =>
  entries.has('mayfly_key') || entries.has('aws_access_key_id') || entries.has('aws_secret_access_key')

function sourceOf(profile: Profile, { profiles }: Profiles): Profile {
  const source = profile.entries.get('source_profile')
  const other = profile.entries.get('credential_source')
  if (source && other)
    throw new Failure(
      'config-invalid',
      `${placeText(other.at)}: the profile ${shown(profile.name)} has both source_profile and credential_source.`,
      { hint: 'Keep one of them.' },
    )
  if (other) return atHand(profile, other)
  if (!source)
    throw new Failure(
      'profile-incomplete',
      `${placeText(profile.at)}: the profile ${shown(profile.name)} has a role_arn and no source_profile.`,
      { hint: 'Add source_profile = NAME, the profile whose key or session assumes the role.' },
    )
  const found = profiles.get(source.value)
  if (found) return found
  throw new Failure(
    'config-invalid',
    `${placeText(source.at)}: the source_profile ${shown(source.value)} of ${shown(profile.name)} is not there.`,
    { hint: near([...profiles.keys()], source.value) },
  )
}

/** The profile whose credentials a way of its own stands on. `above` is what led here; none of it may come again. */
export function sourceProfileOf(profile: Profile, { profiles }: Profiles, above: readonly Profile[]): Profile {
  if (above.includes(profile)) throw loop([...above], profile)
  const source = profile.entries.get('source_profile')
  if (!source)
    throw new Failure(
      'profile-incomplete',
      `${placeText(profile.at)}: the profile ${shown(profile.name)} lacks source_profile.`,
      { hint: 'Name the profile whose credentials prove who this is.' },
    )
  const found = profiles.get(source.value)
  if (!found)
    throw new Failure(
      'config-invalid',
      `${placeText(source.at)}: the source_profile ${shown(source.value)} of ${shown(profile.name)} is not there.`,
      { hint: near([...profiles.keys()], source.value) },
    )
  if (found === profile || above.includes(found)) throw loop([...above, profile], found)
  return found
}

/** A role's `credential_source`, as a profile of its own: the same section, with the source and without the role. */
function atHand(profile: Profile, entry: Entry): Profile {
  const source = credentialSources.get(entry.value)
  if (source === undefined)
    throw new Failure(
      'config-invalid',
      `${placeText(entry.at)}: credential_source = ${shown(entry.value)} is not a source.`,
      { hint: `Use ${[...credentialSources.keys()].join(', ')}.` },
    )
  const entries = new Map(profile.entries)
  for (const key of ['role_arn', 'credential_source', 'mfa_serial', 'mfa_process']) entries.delete(key)
  return { ...profile, entries: entries.set('mayfly_source', { ...entry, key: 'mayfly_source', value: source }) }
}

function loop(roles: readonly Profile[], source: Profile): Failure {
  const circle = [...roles.slice(roles.indexOf(source)), source].map(
    ({ name, at }) => `${shown(name)} (${placeText(at)})`,
  )
  const told = circle.length > 8 ? [...circle.slice(0, 6), `${circle.length - 7} more`, ...circle.slice(-1)] : circle
  return new Failure('profile-loop', `source_profile leads in a circle: ${told.join(' → ')}.`, {
    hint: 'One of them must name a profile with a key of its own.',
  })
}

/**
 * The device belongs to the user, and a chain begins with one session, which carries one code: a role further up that
 * asks for MFA (where AWS would refuse a code, for it is assumed from a session) means the same device. Two different
 * ones cannot both be presented, so that is an error and not a choice.
 */
function deviceOf(chain: readonly Profile[]): MfaSpec | undefined {
  const named = chain.flatMap((profile) => profile.entries.get('mfa_serial') ?? [])
  const [first] = named
  if (!first) return undefined
  if (!/^[\w+=/:,.@-]{9,256}$/.test(first.value))
    throw new Failure('config-invalid', `${placeText(first.at)}: mfa_serial = ${shown(first.value)} is not a serial.`, {
      hint: 'It looks like arn:aws:iam::111122223333:mfa/NAME; remove the line where there is no device.',
    })
  const different = named.find(({ value }) => value !== first.value)
  if (different)
    throw new Failure(
      'config-invalid',
      `${placeText(first.at)} and ${placeText(different.at)}: one chain of profiles names two devices as mfa_serial.`,
      { hint: "Keep the user's, in the profile that has the key." },
    )
  // The user's own first: roles over one user then share one session, whatever else they say.
  const process = chain.findLast((profile) => profile.entries.get('mfa_process')?.value)?.entries.get('mfa_process')
  return { serial: first.value, ...(process ? { process: process.value } : {}) }
}
