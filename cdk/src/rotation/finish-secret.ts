import { heldKey } from './held-key.ts'
import type { Rotation } from './rotation.ts'

/**
 * The last step: the new version becomes the current one, and the key of the one before becomes inactive. Done again
 * after a crash between the two, it does the second.
 */
export async function finishSecret({ secret, keys, version }: Rotation): Promise<void> {
  const { stages } = await secret.describe()
  const current = Object.keys(stages).find((one) => stages[one]?.includes('AWSCURRENT'))
  if (current !== version) await secret.moveStage('AWSCURRENT', current, version)
  const [now, before] = await Promise.all([secret.read('AWSCURRENT', version), secret.read('AWSPREVIOUS')])
  const [newKey, oldKey] = [now, before].map((text) => (text === undefined ? undefined : heldKey(text)))
  if (!newKey || !oldKey || newKey.accessKeyId === oldKey.accessKeyId) return
  const old = (await keys.list()).find(({ id }) => id === oldKey.accessKeyId)
  if (old?.active) await keys.deactivate(old.id)
}
