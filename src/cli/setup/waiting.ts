import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../model/failure.ts'

const firstPause = 100
const longestPause = 2_000

/**
 * Asks until there is an answer, in ever longer pauses. Ctrl-C ends the waiting with a `Failure` of code `interrupted`
 * and this sentence and hint: what AWS has begun goes on there.
 */
export async function until<T>(
  ask: () => Promise<T | undefined>,
  interrupted: { readonly message: string; readonly hint: string },
): Promise<T> {
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  process.once('SIGINT', onInterrupt)
  try {
    for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
      const answer = await ask()
      if (answer !== undefined) return answer
      await setTimeout(pause, undefined, { signal: stop.signal }).catch(() => undefined)
      if (stop.signal.aborted) throw new Failure('interrupted', interrupted.message, { hint: interrupted.hint })
    }
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}
