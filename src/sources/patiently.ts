import { setTimeout } from 'node:timers/promises'
import { Failure } from '../model/failure.ts'

const mostAttempts = 3
const firstPause = 200

/** Does the work, up to three times while it fails with a `Failure` of code `network`, with longer and longer pauses. */
export async function patiently<T>(
  work: () => Promise<T>,
  pause: (milliseconds: number) => Promise<void> = setTimeout,
): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work()
    } catch (error) {
      if (attempt === mostAttempts || !(error instanceof Failure) || error.code !== 'network') throw error
      await pause(firstPause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
    }
}
