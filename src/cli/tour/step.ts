import type { Outcome, Stage } from './stage.ts'

/** One part of the story that can be walked by itself. */
export interface Chapter {
  /** In half a sentence. */
  readonly summary: string
  /** Before its steps are asked for: what they need to know. */
  readonly prepare?: (stage: Stage) => Promise<void>
  readonly steps: (stage: Stage) => readonly Step[]
  /** What to do next, printed at the end. */
  readonly closing: string
}

/** One step: what is typed, as whom, and what must come of it. */
export interface Step {
  readonly title: string
  /** Shown as it is typed. A function, where it needs what earlier steps answered. */
  readonly command: readonly string[]
  readonly as: 'administrator' | 'ann' | 'thief' | 'job' | 'server' | 'device'
  /** `succeeds`, or the error code AWS must answer; `refused` where the answer reaches us through Mayfly's own words. */
  readonly expect: 'succeeds' | 'AccessDenied' | 'refused'
  /** Before the command: files it refers to, the clock. */
  readonly prepare?: (stage: Stage) => void | Promise<void>
  /** Variables its program has beside its own: what a container's agent sets, for example. */
  readonly env?: Readonly<Record<string, string>>
  /** After it came out as told: what later steps need. */
  readonly keep?: (stage: Stage, outcome: Outcome) => void | Promise<void>
  /** What of the answer is worth showing; all of it when left out. */
  readonly show?: (outcome: Outcome) => string
}
