import { Failure } from '../model/failure.ts'
import type { AssumeRoleSpec, MfaSessionSpec, MfaSpec, SessionSpec, SourceSpec, Target } from '../model/source-spec.ts'
import { chainOf, sourceProfileOf } from './chain.ts'
import { endpointFor, endpointVariables } from './endpoint.ts'
import type { Environment } from './locate.ts'
import { placeText, shown } from './parse.ts'
import type { Profile, Profiles } from './read.ts'
import { notFound } from './suggest.ts'
import { arnsIn, durationIn, forms, policyIn, tagsIn, textIn } from './values.ts'
import { keyOf } from './vault-key.ts'
import { wayOf } from './ways/index.ts'
import { profileFromEnvironment } from './ways/web-identity.ts'

/** A profile, ready to open: how its credentials come about, and what a program run with them needs beside them. */
export interface ResolvedProfile {
  readonly name: string
  readonly spec: SessionSpec
  /** Where questions to STS about it go. */
  readonly sts: Target
  /** For programs: AWS_REGION, AWS_DEFAULT_REGION, then the profile's. */
  readonly region?: string
  /** For programs: set when the profile's calls go elsewhere than to AWS. */
  readonly endpoint?: string
  /** For programs: the same for single services, as variables. */
  readonly endpointVariables: Readonly<Record<string, string>>
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
 * Throws `profile-not-found`, `profile-incomplete`, `profile-loop`, `key-not-found` or `config-invalid`, with file and
 * line.
 */
export function resolveProfile(profiles: Profiles, name: string, options: ResolveOptions): ResolvedProfile {
  const profile = profiles.profiles.get(name) ?? profileFromEnvironment(name, options.env)
  if (!profile) throw notFound(profiles, name)
  const { env } = options
  const region = regionIn(env) ?? regionOf(profile)
  const endpoint = endpointFor(profile, profiles, env)
  return {
    name,
    spec: specOf(profile, profiles, options),
    sts: targetOf(profile, profiles, env, 'sts'),
    ...(region ? { region } : {}),
    ...(endpoint ? { endpoint } : {}),
    endpointVariables: endpointVariables(profile, profiles, env),
  }
}

/** The profile to use when none is named, as botocore has it; the other SDKs know only AWS_PROFILE. */
export const defaultProfile = (env: Environment): string => env.AWS_DEFAULT_PROFILE || env.AWS_PROFILE || 'default'

/**
 * Where a profile's calls to a service go. Its own region counts before the environment's: sessions are good in every
 * region, and one that hung on AWS_REGION would cost a login at each change of it.
 */
function targetOf(profile: Profile, profiles: Profiles, env: Environment, id: string): Target {
  const endpoint = endpointFor(profile, profiles, env, id)
  return { region: regionOf(profile) ?? regionIn(env) ?? 'us-east-1', ...(endpoint ? { endpoint } : {}) }
}

function specOf(
  profile: Profile,
  profiles: Profiles,
  options: ResolveOptions,
  above: readonly Profile[] = [],
): SessionSpec {
  const { env, readText } = options
  const { roles, user, mfa } = chainOf(profile, profiles)
  const stsOf = (of: Profile): Target => targetOf(of, profiles, env, 'sts')
  const target = (id: string): Target => targetOf(user, profiles, env, id)
  const sourceOf = (of: Profile): SessionSpec =>
    specOf(sourceProfileOf(of, profiles, above), profiles, options, [...above, of])
  const given = wayOf(user)?.read(user, { profiles, env, readText, target, sourceOf })
  const userSession = (device: MfaSpec | undefined): MfaSessionSpec => ({
    kind: 'mfa-session',
    base: keyOf(user),
    ...(device ? { mfa: device } : {}),
    duration: durationIn(user, 'mayfly_session_duration', 900, 36 * hour) ?? sessionDefault,
    sts: stsOf(user),
  })
  /** Where the nearest role is assumed from, and the device when the code goes with that very call. */
  const fromUser = (duration: number | undefined): { base: SourceSpec; mfa?: MfaSpec } => {
    if (given?.kind === 'environment-key') return { base: given, ...(mfa ? { mfa } : {}) }
    if (given && duration !== undefined && duration > hour) throw chainTooLong(roles.at(-1) ?? user)
    if (given) return { base: given }
    if (!mfa) return { base: keyOf(user) }
    return duration !== undefined && duration > hour ? { base: keyOf(user), mfa } : { base: userSession(mfa) }
  }
  let assumed: AssumeRoleSpec | undefined
  for (const role of roles.toReversed()) {
    const duration = durationIn(role, 'duration_seconds', 900, 12 * hour)
    if (assumed && duration !== undefined && duration > hour) throw chainTooLong(role)
    assumed = {
      kind: 'assume-role',
      ...(assumed ? { base: assumed } : fromUser(duration)),
      ...roleIn(role, readText),
      ...(duration === undefined ? {} : { duration }),
      sts: stsOf(role),
    }
  }
  if (assumed) return assumed
  if (given?.kind === 'environment-key') throw permanent(user)
  return given ?? userSession(mfa)
}

const permanent = (profile: Profile): Failure =>
  new Failure(
    'profile-incomplete',
    `${placeText(profile.entries.get('mayfly_source')?.at ?? profile.at)}: the environment holds a permanent key, and those are never handed out.`,
    { hint: 'Let it assume a role: role_arn and credential_source = Environment instead of mayfly_source.' },
  )

type RoleFields = Omit<AssumeRoleSpec, 'kind' | 'base' | 'mfa' | 'duration' | 'sts'>

function roleIn(profile: Profile, readText: ResolveOptions['readText']): RoleFields {
  const roleArn = textIn(profile, 'role_arn', forms.roleArn)
  if (roleArn === undefined) throw new TypeError('A role of a chain has a role_arn.')
  const sessionName = textIn(profile, 'role_session_name', forms.sessionName)
  const externalId = textIn(profile, 'external_id', forms.externalId)
  const sourceIdentity = textIn(profile, 'source_identity', forms.sourceIdentity)
  const policy = policyIn(profile, readText)
  const policyArns = arnsIn(profile, 'mayfly_policy_arns')
  return {
    roleArn,
    ...(sessionName ? { sessionName } : {}),
    ...(externalId ? { externalId } : {}),
    ...(sourceIdentity ? { sourceIdentity } : {}),
    ...tagsIn(profile),
    ...(policy ? { policy } : {}),
    ...(policyArns ? { policyArns } : {}),
  }
}

function regionOf({ entries }: Profile): string | undefined {
  const entry = entries.get('region')
  return entry?.value ? region(entry.value, placeText(entry.at)) : undefined
}

/** botocore knows only AWS_DEFAULT_REGION, all other SDKs only AWS_REGION. */
function regionIn(env: Environment): string | undefined {
  if (env.AWS_REGION) return region(env.AWS_REGION, 'AWS_REGION')
  return env.AWS_DEFAULT_REGION ? region(env.AWS_DEFAULT_REGION, 'AWS_DEFAULT_REGION') : undefined
}

/** It becomes part of a host name. */
function region(text: string, from: string): string {
  if (/^(?!\d+$)(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(text)) return text
  throw new Failure('config-invalid', `${from}: ${shown(text)} is not a region.`, {
    hint: 'It looks like eu-central-1',
  })
}

const chainTooLong = (profile: Profile): Failure =>
  new Failure(
    'config-invalid',
    `${placeText(profile.entries.get('duration_seconds')?.at ?? profile.at)}: ${shown(profile.name)} is assumed from a session, and AWS ends what comes of that after an hour.`,
    { hint: 'Set duration_seconds to 3600 or less, or let source_profile name the user.' },
  )
