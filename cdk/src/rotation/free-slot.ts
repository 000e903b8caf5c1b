import { callOff, type Rotation } from './rotation.ts'
import type { ListedKey } from './user-keys.ts'

/** IAM: "Access keys per user". */
const most = 2

/**
 * Makes room for a new key. Deletes the other key if it was inactive long enough and nobody used it meanwhile; makes it
 * inactive, which can be taken back, if it has not been used since the current key is there. Calls the turn off in every
 * case but the first: a key is never deleted in the turn that made it inactive.
 */
export async function freeSlot(rotation: Rotation, currentKeyId: string | undefined): Promise<void> {
  const { keys, userName } = rotation
  const listed = await keys.list()
  if (listed.length < most) return
  const current = listed.find(({ id }) => id === currentKeyId)
  const others = listed.filter((key) => key !== current)
  const spent = await firstOf(others, (key) => isSpent(rotation, key, current))
  if (spent) return keys.remove(spent.id)
  const [other] = others
  if (current === undefined || other === undefined)
    return callOff(
      rotation,
      `the user ${userName} has two keys, and the secret holds neither: delete one, or put one into the secret`,
    )
  if (!other.active)
    return callOff(
      rotation,
      `the old key ${other.id} is inactive, but not for long enough to delete it: ${rotation.soakSeconds} seconds must pass after its end and its last use`,
    )
  const used = await keys.lastUsed(other.id)
  if (used && used >= current.createdAt)
    return callOff(
      rotation,
      `the user's other key ${other.id} is in use (last at ${used.toISOString()}), though the secret holds ${current.id}: move its users to the secret, then make it inactive`,
    )
  await keys.deactivate(other.id)
  return callOff(rotation, `the user's other key ${other.id} was still active: it is inactive now, and goes later`)
}

/** Whether a key was out of use for the whole soak, as far as IAM can tell. */
async function isSpent(rotation: Rotation, key: ListedKey, current: ListedKey | undefined): Promise<boolean> {
  if (key.active) return false
  const used = await rotation.keys.lastUsed(key.id)
  // A key is made inactive when its successor takes over, which is after that one was created.
  const ends = [key.createdAt, current?.createdAt, used].map((date) => date?.getTime() ?? 0)
  return rotation.now().getTime() - Math.max(...ends) >= rotation.soakSeconds * 1000
}

async function firstOf<T>(all: readonly T[], test: (one: T) => Promise<boolean>): Promise<T | undefined> {
  for (const one of all) if (await test(one)) return one
  return undefined
}
