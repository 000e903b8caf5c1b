import { setTimeout } from 'node:timers/promises'
import { Failure } from '../../model/failure.ts'

const firstPause = 100
const longestPause = 2_000

/** Milliseconds without anything new. */
export interface Patience {
  /** After which it is told. */
  readonly tellAfter: number
  /** After which the waiting ends. */
  readonly endAfter: number
  /** Milliseconds since some instant; default: as they pass. */
  readonly passed?: () => number
}

const usual: Patience = { tellAfter: 60_000, endAfter: 15 * 60_000 }

export interface Waiting {
  /** What is said when the waiting ends without an answer, and what to type then: what AWS has begun goes on there. */
  readonly message: string
  readonly hint: string
  /** Told once for each time that nothing new has come for long. */
  readonly onStall?: (words: string) => void
  readonly patience?: Patience
}

/**
 * Asks until there is an answer, in ever longer pauses; `ask` says by `moved` that something is new. Rejects with a
 * `Failure` that has this message and hint: `interrupted` on Ctrl-C, `aws-refused` when nothing new has come for longer
 * than patience has it.
 */
export async function until<T>(
  ask: (moved: () => void) => Promise<T | undefined>,
  { message, hint, onStall, patience = usual }: Waiting,
): Promise<T> {
  const { tellAfter, endAfter, passed = () => performance.now() } = patience
  const stop = new AbortController()
  const onInterrupt = (): void => stop.abort()
  let since = passed()
  let isTold = false
  const moved = (): void => {
    since = passed()
    isTold = false
  }
  process.once('SIGINT', onInterrupt)
  try {
    for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
      const answer = await ask(moved)
      if (answer !== undefined) return answer
      await setTimeout(pause, undefined, { signal: stop.signal }).catch(() => undefined)
      if (stop.signal.aborted) throw new Failure('interrupted', message, { hint })
      const still = passed() - since
      if (still > endAfter)
        throw new Failure('aws-refused', `Nothing new for ${lasting(endAfter)}. ${message}`, { hint })
      if (still > tellAfter && !isTold) {
        isTold = true
        onStall?.(`Nothing new for ${lasting(tellAfter)}; waiting on, ${lasting(endAfter)} at most.`)
      }
    }
  } finally {
    process.off('SIGINT', onInterrupt)
  }
}

function lasting(milliseconds: number): string {
  const [amount, unit] = milliseconds < 60_000 ? [milliseconds / 1000, 'second'] : [milliseconds / 60_000, 'minute']
  return amount === 1 ? `a ${unit}` : `${amount} ${unit}s`
}
