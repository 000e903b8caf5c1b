import { heldKey } from './held-key.ts'
import { pendingKey } from './pending-key.ts'
import { callOff, type Rotation } from './rotation.ts'

/** Milliseconds to wait before asking again: all AWS takes to know a new key everywhere, with something to spare. */
const pauses = [1000, 2000, 3000, 5000, 8000, 13000]

/**
 * The third step: AWS says whose the new key is. A key that is not good is taken back and the turn called off, with the
 * current one untouched. Failures that say nothing about the key (a network, a throttle) leave all as it is, for a retry.
 */
export async function testSecret(rotation: Rotation): Promise<void> {
  const { keys, secret, userName } = rotation
  const key = await pendingKey(rotation)
  const flaw = await flawOf(rotation, () => rotation.whoIs(key))
  if (flaw === undefined) return
  // A schedule that is only being tried out tests a copy of the current version: that key must live.
  const inUse = await Promise.all((['AWSCURRENT', 'AWSPREVIOUS'] as const).map((stage) => secret.read(stage)))
  if (!inUse.some((text) => text !== undefined && heldKey(text)?.accessKeyId === key.accessKeyId)) {
    const listed = await keys.list()
    if (listed.some(({ id }) => id === key.accessKeyId)) {
      await keys.deactivate(key.accessKeyId)
      await keys.remove(key.accessKeyId)
    }
  }
  await callOff(rotation, `the new key ${key.accessKeyId} of ${userName} is not good: ${flaw}`)
}

/** Why AWS does not know the key as the user's; undefined if it does. Throws what says nothing about the key. */
async function flawOf({ userName, wait }: Rotation, ask: () => Promise<string>): Promise<string | undefined> {
  for (const pause of [...pauses, undefined]) {
    try {
      const arn = await ask()
      return arn.includes(':user/') && arn.endsWith(`/${userName}`) ? undefined : `AWS says it is ${arn}`
    } catch (error) {
      if (!isRefusal(error)) throw error
      if (pause === undefined) return `AWS says ${error.name}`
      await wait(pause)
    }
  }
  return undefined
}

/** How AWS refuses a key it does not know, or one whose secret it does not know yet. */
const isRefusal = (error: unknown): error is Error =>
  error instanceof Error && ['InvalidClientTokenId', 'SignatureDoesNotMatch'].includes(error.name)
