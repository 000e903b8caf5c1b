import { pendingKey } from './pending-key.ts'
import type { Rotation } from './rotation.ts'

/** The second step: IAM put the new key into force when it made it, so this only sees that it is there and active. */
export async function setSecret(rotation: Rotation): Promise<void> {
  const { accessKeyId } = await pendingKey(rotation)
  const listed = (await rotation.keys.list()).find(({ id }) => id === accessKeyId)
  if (!listed) throw new Error(`the pending key ${accessKeyId} is no key of the user ${rotation.userName}`)
  if (!listed.active) throw new Error(`the pending key ${accessKeyId} is inactive`)
}
