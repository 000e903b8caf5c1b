import { Failure } from '../model/failure.ts'
import type { SigningKey } from '../model/signing-key.ts'
import type { Target } from '../model/source-spec.ts'

/** Who asks AWS something, and where STS is for them. */
export interface Asking {
  readonly key: SigningKey
  readonly sts: Target
  readonly expiration?: Date
}

/** The credentials of this shell, as every AWS tool reads them. Throws `usage` when half of them are missing. */
export function askingInShell(env: NodeJS.ProcessEnv): Asking {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env
  if (!accessKeyId || !secretAccessKey)
    throw new Failure('usage', 'AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY.', {
      hint: 'eval "$(mayfly env --unset)", or name a profile.',
    })
  const sessionToken = env.AWS_SECURITY_TOKEN || env.AWS_SESSION_TOKEN
  const endpoint = env.AWS_ENDPOINT_URL_STS || env.AWS_ENDPOINT_URL
  const expiration = new Date(env.AWS_CREDENTIAL_EXPIRATION ?? Number.NaN)
  return {
    key: { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) },
    sts: { region: env.AWS_REGION || env.AWS_DEFAULT_REGION || 'us-east-1', ...(endpoint ? { endpoint } : {}) },
    ...(Number.isNaN(expiration.getTime()) ? {} : { expiration }),
  }
}
