import { freeSlot } from './free-slot.ts'
import { heldKey, withKey } from './held-key.ts'
import type { Rotation } from './rotation.ts'

/** The first step: a new key, stored as the version that is pending. Done again, it leaves what is there. */
export async function createSecret(rotation: Rotation): Promise<void> {
  const { secret, keys, version, rotationToken } = rotation
  const current = await secret.read('AWSCURRENT')
  if (current === undefined) throw new Error('the secret has no current version')
  if ((await secret.read('AWSPENDING', version)) !== undefined) return
  await freeSlot(rotation, heldKey(current)?.accessKeyId)
  const key = await keys.create()
  try {
    await secret.putPending(version, withKey(current, key), rotationToken)
  } catch (error) {
    // It may have been stored although the answer was lost; or a retry of this step was faster. Only a key that is
    // surely nowhere is taken back, which also leaves the user's second slot free.
    const stored = await secret.read('AWSPENDING', version)
    if (stored !== undefined && heldKey(stored)?.accessKeyId === key.accessKeyId) return
    await keys.deactivate(key.accessKeyId)
    await keys.remove(key.accessKeyId)
    if (stored === undefined) throw error
  }
}
