import type { EnvironmentKeySpec, SessionSpec, Target } from '../../model/source-spec.ts'
import type { Environment } from '../locate.ts'
import type { Profile, Profiles } from '../read.ts'

/** What a way may look at beside the profile. */
export interface WayContext {
  readonly profiles: Profiles
  readonly env: Environment
  /** Where the profile's calls to a service go; `id` is the service's in the config file, such as `sts`. */
  readonly target: (id: string) => Target
  /** Reads a file a profile names; paths are relative to the file that names it. */
  readonly readText: (path: string, from: string) => string
  /** What the profile that `source_profile` names stands for; `Failure` where it leads back to this one. */
  readonly sourceOf: (profile: Profile) => SessionSpec
}

/**
 * One way to be given credentials other than from a key of the vault or another profile. `keys` are the keys of a
 * profile that mean it: the first way of the table with one of them in the profile is the one meant, and `read` gives
 * its spec or throws a `Failure` (`config-invalid`, `profile-incomplete`) with file and line. A permanent key can only be
 * the one that assumes a role.
 */
export interface Way {
  readonly keys: readonly string[]
  readonly read: (profile: Profile, context: WayContext) => SessionSpec | EnvironmentKeySpec
}
