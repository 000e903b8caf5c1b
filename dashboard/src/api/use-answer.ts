import { useCallback, useEffect, useRef, useState } from 'react'
import { call, type Problem, problemOf } from './call.ts'

export interface Answer<T> {
  readonly value: T | undefined
  readonly problem: Problem | undefined
  /** Asks again; what is there stays in sight until then. */
  readonly again: () => void
}

/** What the broker answers to a GET, asked anew whenever the path changes; undefined: nothing is asked. */
export function useAnswer<T>(path: string | undefined): Answer<T> {
  const [state, setState] = useState<{ path: string | undefined; value?: T; problem?: Problem }>({ path })
  const running = useRef<AbortController>(undefined)
  const again = useCallback(() => {
    running.current?.abort()
    if (path === undefined) return
    const stop = new AbortController()
    running.current = stop
    call<T>('GET', path, undefined, stop.signal).then(
      (value) => !stop.signal.aborted && setState({ path, value }),
      // What was there stays: somebody may be typing in it.
      (error: unknown) =>
        !stop.signal.aborted &&
        setState((before) => ({ ...(before.path === path ? before : { path }), problem: problemOf(error) })),
    )
  }, [path])
  useEffect(() => {
    again()
    return () => running.current?.abort()
  }, [again])
  const current = state.path === path ? state : undefined
  return { value: current?.value, problem: current?.problem, again }
}
