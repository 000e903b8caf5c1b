import { useSyncExternalStore } from 'react'

/** One clock a pace, however many look at it: what moves with it moves in one go. */
interface Clock {
  readonly subscribe: (listener: () => void) => () => void
  readonly now: () => number
}

const clocks = new Map<number, Clock>()

function clockOf(every: number): Clock {
  const known = clocks.get(every)
  if (known) return known
  const listeners = new Set<() => void>()
  let present = 0
  let timer: ReturnType<typeof setInterval> | undefined
  const clock: Clock = {
    now: () => {
      // Who looks first sees the present; from then on all see it move together.
      if (timer === undefined) present = Math.floor(Date.now() / every) * every
      return present
    },
    subscribe: (listener) => {
      listeners.add(listener)
      timer ??= setInterval(() => {
        present = Date.now()
        for (const tell of listeners) tell()
      }, every)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
      }
    },
  }
  clocks.set(every, clock)
  return clock
}

/** The present, every so many milliseconds anew. */
export function useNow(every = 1000): number {
  const { subscribe, now } = clockOf(every)
  return useSyncExternalStore(subscribe, now)
}
