/** An access key with its secret, as the secret holds it. */
export interface HeldKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/**
 * The key in a secret's text, a JSON object with `aws_access_key_id` and `aws_secret_access_key`; undefined while it has
 * none yet. Throws for a text that is no JSON object, without repeating any of it.
 */
export function heldKey(text: string): HeldKey | undefined {
  const { aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey } = membersOf(text)
  if (typeof accessKeyId !== 'string' || typeof secretAccessKey !== 'string') return undefined
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : undefined
}

/** The same text with another key in it: whatever else its readers keep there stays. */
export function withKey(text: string, { accessKeyId, secretAccessKey }: HeldKey): string {
  return JSON.stringify({ ...membersOf(text), aws_access_key_id: accessKeyId, aws_secret_access_key: secretAccessKey })
}

function membersOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // What JSON.parse says quotes the text, which is the secret.
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('the secret holds no JSON object, so there is no place for an access key in it')
  return value as Readonly<Record<string, unknown>>
}
