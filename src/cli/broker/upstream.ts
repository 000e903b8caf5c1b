import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import { open } from '../../sources/index.ts'
import { readKey } from '../../sources/stored-keys.ts'
import type { Cli } from '../cli.ts'
import { userProfile } from '../profile.ts'

/**
 * The broker's own key at AWS: of the profile that its configuration names, else of the environment, else of the default
 * profile. Nobody is asked: a broker runs alone. A key of the vault without an MFA device signs by itself.
 */
export function upstreamKey(cli: Cli, profile: () => string | undefined): () => Promise<SigningKey> {
  const { env } = cli
  return async () => {
    const name = profile()
    if (name === undefined && env.AWS_ACCESS_KEY_ID && env.AWS_SECRET_ACCESS_KEY)
      return {
        accessKeyId: env.AWS_ACCESS_KEY_ID,
        secretAccessKey: env.AWS_SECRET_ACCESS_KEY,
        ...(env.AWS_SESSION_TOKEN ? { sessionToken: env.AWS_SESSION_TOKEN } : {}),
      }
    const host = await cli.host({ input: false })
    const { spec } = userProfile(env, name)
    if (spec.kind === 'mfa-session' && !spec.mfa) return readKey(host.vault, spec.base.accessKeyId)
    if (spec.kind === 'brokered')
      throw new Failure('config-invalid', 'The upstream profile of a broker cannot come from a broker.', {
        hint: 'Name a profile with a key, a role of this machine, or another way in: upstream.profile.',
      })
    return open(spec, host)()
  }
}
