import { useState } from 'react'
import { type Problem, problemOf } from './call.ts'

/** Something that somebody does by a button; `Which` tells apart where there is more than one. */
export interface Act<Which> {
  /** What is under way. */
  readonly running: Which | undefined
  /** Why it did not come about the last time. */
  readonly problem: Problem | undefined
  readonly act: (which: Which, work: () => Promise<unknown>, done: () => void) => void
}

export function useAct<Which = true>(): Act<Which> {
  const [running, setRunning] = useState<Which>()
  const [problem, setProblem] = useState<Problem>()
  const act: Act<Which>['act'] = (which, work, done) => {
    setRunning(() => which)
    setProblem(undefined)
    work()
      .then(done, (error: unknown) => setProblem(problemOf(error)))
      .finally(() => setRunning(undefined))
  }
  return { running, problem, act }
}
