import type { Store, Table } from './store.ts'

/** The sandbox's time: real time until it is moved, and ticking on from wherever it was moved to. */
export interface Clock {
  readonly now: () => Date
  /** Moves the clock; undefined returns it to real time. Kept with the state. */
  readonly set: (instant: Date | undefined) => void
}

/** A clock over the real one, off by as much as the state says; `start` moves it first. */
export function openClock(store: Store, real: () => Date, start?: Date): Clock {
  const settings: Table<{ readonly offset: number }> = store.table('clock')
  let offset = settings.get('clock')?.offset ?? 0
  const clock: Clock = {
    now: () => new Date(real().getTime() + offset),
    set: (instant) => {
      offset = instant === undefined ? 0 : instant.getTime() - real().getTime()
      settings.put('clock', { offset })
    },
  }
  if (start) clock.set(start)
  return clock
}
