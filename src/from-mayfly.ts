import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { nodeHost } from './host/node-host.ts'
import { profileFiles } from './profiles/locate.ts'
import { readProfiles } from './profiles/read.ts'
import { defaultProfile, resolveProfile } from './profiles/resolve.ts'
import { type CredentialSource, open } from './sources/index.ts'

export interface FromMayflyOptions {
  /** Default: AWS_PROFILE, AWS_DEFAULT_PROFILE, else `default`. */
  readonly profile?: string
  /** Default: this process's. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** False: fail with `input-needed` instead of asking on the terminal. */
  readonly input?: boolean
}

/**
 * Temporary credentials of a profile, for the `credentials` option of any AWS SDK v3 client. They are shared with the
 * command line: what `mayfly login` got is used, and renewed for both.
 *
 * Rejects with a `Failure` whose `hint` is the next command to type.
 *
 * @example
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { fromMayfly } from 'mayfly'
 * const s3 = new S3Client({ credentials: fromMayfly({ profile: 'ann', env: process.env }) })
 */
export function fromMayfly({ profile, env, input }: FromMayflyOptions): CredentialSource {
  const { config, credentials } = profileFiles(env)
  const readText = (path: string, from: string): string => readFileSync(resolve(dirname(from), path), 'utf8')
  const { spec } = resolveProfile(readProfiles(config, credentials), profile ?? defaultProfile(env), { env, readText })
  return open(spec, nodeHost(env, input === undefined ? {} : { input }))
}
