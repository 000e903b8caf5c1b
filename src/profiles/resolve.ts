import { Failure } from '../model/failure.ts'
import type {
  AssumeRoleSpec,
  MfaSessionSpec,
  MfaSpec,
  SourceSpec,
  StoredKeySpec,
  Target,
} from '../model/source-spec.ts'
import { endpointFor } from './endpoint.ts'
import type { Environment } from './locate.ts'
import { placeText } from './parse.ts'
import type { Profile, Profiles } from './read.ts'
import { notFound } from './suggest.ts'
import { durationIn, pairsIn, policyIn, wordsIn } from './values.ts'

/** A profile, ready to open: how its credentials come about, and what a program run with them needs beside them. */
export interface ResolvedProfile {
  readonly name: string
  readonly spec: MfaSessionSpec | AssumeRoleSpec
  /** For programs: AWS_REGION, AWS_DEFAULT_REGION, then the profile's. */
  readonly region?: string
  /** For programs: set when the profile's calls go elsewhere than to AWS. */
  readonly endpoint?: string
}

export interface ResolveOptions {
  readonly env: Environment
  /** Reads a session policy's file; paths are relative to the config file's directory. */
  readonly readText: (path: string, from: string) => string
}

const hour = 3600
/** Twelve hours, as AWS has it: one code a working day. */
const sessionDefault = 12 * hour

/**
 * What a profile means. Codes are asked for as seldom as AWS allows: roles of up to an hour share the user's MFA
 * session; for a longer one the role is assumed with the code itself, because a chained role lasts an hour at most.
 * Throws `profile-not-found`, `profile-incomplete`, `profile-loop` or `config-invalid`, with file and line.
 */
export function resolveProfile(profiles: Profiles, name: string, options: ResolveOptions): ResolvedProfile {
  const profile = profileNamed(profiles, name)
  const region = options.env.AWS_REGION || options.env.AWS_DEFAULT_REGION || profile.entries.get('region')?.value
  const endpoint = endpointFor(profile, profiles, options.env)
  return {
    name,
    spec: specFor(profile, { profiles, options, mfa: undefined, path: [] }),
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
  }
}

/** The profile to use when none is named. botocore prefers AWS_DEFAULT_PROFILE, the other SDKs know only AWS_PROFILE. */
export const defaultProfile = (env: Environment): string => env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || 'default'

interface Walk {
  readonly profiles: Profiles
  readonly options: ResolveOptions
  /** The device a role further up asks for. The code is given where the user is: at the bottom of the chain. */
  readonly mfa: MfaSpec | undefined
  /** The profiles that led here. */
  readonly path: readonly Profile[]
}

function profileNamed(profiles: Profiles, name: string): Profile {
  const profile = profiles.profiles.get(name)
  if (!profile) throw notFound(profiles, name)
  return profile
}

function specFor(profile: Profile, walk: Walk): MfaSessionSpec | AssumeRoleSpec {
  const mfa = walk.mfa ?? mfaOf(profile)
  return profile.entries.has('role_arn') && !usesOwnKey(profile, walk)
    ? roleSpec(profile, { ...walk, mfa })
    : userSession(profile, mfa, walk)
}

/** A source_profile that has a key of its own uses it before its role, as botocore does. */
const usesOwnKey = (profile: Profile, walk: Walk): boolean =>
  walk.path.length > 0 && (profile.entries.has('mayfly_key') || profile.entries.has('aws_access_key_id'))

function userSession(profile: Profile, mfa: MfaSpec | undefined, walk: Walk): MfaSessionSpec {
  const duration = durationIn(profile, 'mayfly_session_duration', 900, 36 * hour) ?? sessionDefault
  const sts = stsOf(profile, walk)
  return { kind: 'mfa-session', base: keyOf(profile), ...(mfa ? { mfa } : {}), duration, sts }
}

function roleSpec(profile: Profile, walk: Walk): AssumeRoleSpec {
  const value = (key: string): string | undefined => profile.entries.get(key)?.value || undefined
  const duration = durationIn(profile, 'duration_seconds', 900, 12 * hour)
  const policy = policyIn(profile, walk.options.readText)
  const tags = pairsIn(profile, 'session_tags')
  const transitive = wordsIn(profile, 'transitive_session_tags')
  const policyArns = wordsIn(profile, 'mayfly_policy_arns')
  const sessionName = value('role_session_name')
  const externalId = value('external_id')
  const sourceIdentity = value('source_identity')
  return {
    kind: 'assume-role',
    ...baseOf(profile, duration, walk),
    roleArn: roleArnOf(profile),
    ...(sessionName ? { sessionName } : {}),
    ...(externalId ? { externalId } : {}),
    ...(duration === undefined ? {} : { duration }),
    ...(tags ? { tags } : {}),
    ...(transitive ? { transitiveTagKeys: transitive } : {}),
    ...(sourceIdentity ? { sourceIdentity } : {}),
    ...(policy ? { policy } : {}),
    ...(policyArns ? { policyArns } : {}),
    sts: stsOf(profile, walk),
  }
}

/** Where the role is assumed from, and the device when the code goes with that very call. */
function baseOf(profile: Profile, duration: number | undefined, walk: Walk): { base: SourceSpec; mfa?: MfaSpec } {
  const source = sourceOf(profile, walk)
  const onward: Walk = { ...walk, path: [...walk.path, profile] }
  const isUser = source === profile || usesOwnKey(source, onward) || !source.entries.has('role_arn')
  if (isUser) {
    const mfa = walk.mfa ?? mfaOf(source)
    if (duration !== undefined && duration > hour) return { base: keyOf(source), ...(mfa ? { mfa } : {}) }
    return { base: mfa ? userSession(source, mfa, onward) : keyOf(source) }
  }
  if (duration !== undefined && duration > hour) throw chainTooLong(profile, source)
  return { base: specFor(source, onward) }
}

function sourceOf(profile: Profile, walk: Walk): Profile {
  const entry = profile.entries.get('source_profile')
  const other = profile.entries.get('credential_source')
  if (entry && other)
    throw new Failure(
      'config-invalid',
      `${placeText(other.at)}: the profile ${profile.name} has both source_profile and credential_source.`,
      { hint: 'Keep one of them.' },
    )
  if (!entry)
    throw new Failure(
      'profile-incomplete',
      other
        ? `${placeText(other.at)}: credential_source = ${other.value} is not a source Mayfly can use.`
        : `${placeText(profile.at)}: the profile ${profile.name} has a role_arn and no source_profile.`,
      { hint: 'Add source_profile = NAME, the profile whose key or session assumes the role.' },
    )
  if (entry.value === profile.name) return profile
  const source = walk.profiles.profiles.get(entry.value)
  if (!source)
    throw new Failure(
      'config-invalid',
      `${placeText(entry.at)}: the source_profile ${entry.value} of ${profile.name} is not there.`,
      { hint: 'Name a profile of ~/.aws/config.' },
    )
  const chain = [...walk.path, profile]
  if (chain.includes(source)) {
    const loop = [...chain.slice(chain.indexOf(source)), source].map((one) => `${one.name} (${placeText(one.at)})`)
    throw new Failure('profile-loop', `source_profile leads in a circle: ${loop.join(' → ')}.`, {
      hint: 'One of them must name a profile with a key of its own.',
    })
  }
  return source
}

function keyOf(profile: Profile): StoredKeySpec {
  const plain = profile.entries.get('aws_access_key_id')
  if (plain && profile.entries.has('aws_session_token'))
    throw new Failure(
      'profile-incomplete',
      `${placeText(plain.at)}: the profile ${profile.name} holds a session, not a key.`,
      {
        hint: 'Sessions cannot be renewed from a file; give the profile a key or a role.',
      },
    )
  if (plain)
    throw new Failure(
      'key-not-found',
      `${placeText(plain.at)}: the key of ${profile.name} stands there in plain text.`,
      {
        hint: `Move it into the vault: mayfly keys import ${profile.name}`,
      },
    )
  const entry = profile.entries.get('mayfly_key')
  if (!entry)
    throw new Failure(
      'profile-incomplete',
      `${placeText(profile.at)}: the profile ${profile.name} has neither a key nor a role.`,
      {
        hint: `Put the key under [${profile.name}] in ~/.aws/credentials and type: mayfly keys import ${profile.name}`,
      },
    )
  if (!/^\w{16,128}$/.test(entry.value))
    throw new Failure(
      'config-invalid',
      `${placeText(entry.at)}: mayfly_key = ${entry.value} is not an access key id.`,
      {
        hint: 'mayfly keys list shows the keys of the vault.',
      },
    )
  return { kind: 'stored-key', accessKeyId: entry.value }
}

function roleArnOf(profile: Profile): string {
  const entry = profile.entries.get('role_arn')
  if (entry && /^arn:[\w-]+:iam::\d{12}:role\/.+$/.test(entry.value)) return entry.value
  throw new Failure(
    'config-invalid',
    `${placeText(entry?.at ?? profile.at)}: role_arn = ${entry?.value} is not the ARN of a role.`,
    {
      hint: 'It looks like arn:aws:iam::111122223333:role/NAME',
    },
  )
}

function mfaOf(profile: Profile): MfaSpec | undefined {
  const serial = profile.entries.get('mfa_serial')
  if (!serial?.value) return undefined
  if (!/^[\w+=/:,.@-]{9,256}$/.test(serial.value))
    throw new Failure('config-invalid', `${placeText(serial.at)}: mfa_serial = ${serial.value} is not a serial.`, {
      hint: 'It looks like arn:aws:iam::111122223333:mfa/NAME',
    })
  const process = profile.entries.get('mfa_process')?.value
  return { serial: serial.value, ...(process ? { process } : {}) }
}

/**
 * Where the profile's STS calls go. The profile's own region counts before the environment's: sessions are good in
 * every region, and one that hung on AWS_REGION would cost a code at each change of it.
 */
function stsOf(profile: Profile, { profiles, options: { env } }: Walk): Target {
  const region = profile.entries.get('region')?.value || env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1'
  if (!/^[a-z0-9-]{1,63}$/.test(region))
    throw new Failure('config-invalid', `The profile ${profile.name}: "${region}" is not a region.`, {
      hint: 'It looks like eu-central-1',
    })
  const endpoint = endpointFor(profile, profiles, env, 'sts')
  return { region, ...(endpoint ? { endpoint } : {}) }
}

const chainTooLong = (profile: Profile, source: Profile): Failure =>
  new Failure(
    'config-invalid',
    `${placeText(profile.entries.get('duration_seconds')?.at ?? profile.at)}: ${profile.name} is assumed from the role ${source.name}, and AWS ends such a session after an hour.`,
    { hint: 'Set duration_seconds to 3600 or less, or let source_profile name the user.' },
  )
