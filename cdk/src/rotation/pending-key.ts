import { type HeldKey, heldKey } from './held-key.ts'
import type { Rotation } from './rotation.ts'

/** The key of the version this turn makes. */
export async function pendingKey({ secret, version }: Rotation): Promise<HeldKey> {
  const text = await secret.read('AWSPENDING', version)
  const key = text === undefined ? undefined : heldKey(text)
  if (!key) throw new Error(`the version ${version} holds no key`)
  return key
}
