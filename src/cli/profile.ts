import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import { profileFiles } from '../profiles/locate.ts'
import { type Profiles, readProfiles } from '../profiles/read.ts'
import { defaultProfile, type ResolvedProfile, resolveProfile } from '../profiles/resolve.ts'
import type { EnvironmentChange, Surroundings } from './environment.ts'
import { environmentFor } from './environment.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The user's profiles as their files say now. */
export function userProfiles(env: Environment): Profiles {
  const { config, credentials } = profileFiles(env)
  return readProfiles(config, credentials)
}

/** The profile named, or the one the environment names; resolved, nothing opened. */
export function userProfile(env: Environment, name: string | undefined): ResolvedProfile {
  return resolveProfile(userProfiles(env), name ?? defaultProfile(env), { env, readText })
}

/** Everything a program needs to act as the profile. */
export const environmentOf = (profile: ResolvedProfile, credentials: Credentials): EnvironmentChange => {
  const around: Surroundings = {
    profile: profile.name,
    ...(profile.region ? { region: profile.region } : {}),
    ...(profile.endpoint ? { endpoint: profile.endpoint } : {}),
    endpointVariables: profile.endpointVariables,
  }
  return environmentFor(credentials, around)
}

function readText(path: string, from: string): string {
  try {
    return readFileSync(resolve(dirname(from), path), 'utf8')
  } catch (cause) {
    throw new Failure('config-invalid', `${from}: the file ${path} it names cannot be read.`, { cause })
  }
}
