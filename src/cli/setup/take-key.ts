import type { NodeHost } from '../../host/node-host.ts'
import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import { isRecord } from '../../policy/field.ts'
import { listKeys, storeKey } from '../../sources/stored-keys.ts'
import type { Administrator } from './administrator.ts'
import { refusal } from './refusal.ts'

/** Where the stack put the user's key. */
export interface KeyPlace {
  readonly accessKeyId: string
  readonly secretArn: string
}

/**
 * Takes the key from its secret into the vault; nobody sees it on the way, and the secret stays. Says false when the
 * vault holds the key already. Rejects with a `Failure`; the same command again goes on from there.
 */
export async function takeKey(
  host: NodeHost,
  by: Administrator,
  { accessKeyId, secretArn }: KeyPlace,
  profile: string,
): Promise<boolean> {
  if ((await listKeys(host.vault)).some((key) => key.accessKeyId === accessKeyId)) return false
  const { GetSecretValueCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient(by.clientOf('secrets manager'))
  const { SecretString: text } = await client
    .send(new GetSecretValueCommand({ SecretId: secretArn }))
    .catch((error: unknown) =>
      Promise.reject(
        refusal(
          'The key cannot be read from its secret',
          error,
          'Whoever may read the secret runs the same command again.',
        ),
      ),
    )
  const key = keyIn(text)
  if (key?.accessKeyId !== accessKeyId)
    throw new Failure('aws-refused', `The secret ${secretArn} does not hold the key ${accessKeyId}.`, {
      hint: 'Somebody changed it after the stack was made.',
    })
  await storeKey(host.vault, key, { profile, importedAt: host.now() })
  return true
}

/** The key in the text of a secret, or undefined; never a word of the text itself. */
function keyIn(text: string | undefined): SigningKey | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '')
    if (!isRecord(value)) return undefined
    const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = value
    return typeof accessKeyId === 'string' && typeof secretAccessKey === 'string'
      ? { accessKeyId, secretAccessKey }
      : undefined
  } catch {
    return undefined
  }
}
