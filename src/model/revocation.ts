/** What is to be ended. `before` (milliseconds since 1970) spares what was issued from then on; absent: now. */
export type RevocationTarget =
  | { readonly kind: 'session'; readonly sessionId: string }
  /** A person or workload, with every session that descends from theirs. */
  | { readonly kind: 'principal'; readonly principalId: string; readonly before?: number }
  | { readonly kind: 'role'; readonly role: string; readonly before?: number }
  | { readonly kind: 'everything'; readonly before?: number }

/** What happened, or would happen, in one place. */
export interface Reach {
  readonly place: 'broker' | 'agent' | 'gateway' | 'aws'
  /** Which one: an agent's name, a role's or user's ARN, a permission set. */
  readonly where: string
  readonly effect: 'refused' | 'dropped' | 'denied' | 'runs-until-expiry' | 'unknown'
  /** By what means, or why not: one sentence. */
  readonly how: string
  /** The sessions it is about. */
  readonly sessions: readonly string[]
  /** Milliseconds from the order to the effect, where it was measured. */
  readonly took?: number
  /** Until when what was not stopped runs on: milliseconds since 1970. */
  readonly until?: number
}

/** Says what was truly stopped, place by place; it never claims more. Instants are milliseconds since 1970. */
export interface Revocation {
  /** Nineteen characters of `a-z2-7`, the first a `v`. */
  readonly id: string
  readonly target: RevocationTarget
  readonly by: string
  readonly reason: string
  readonly at: number
  /** A rehearsal: nothing was done. */
  readonly dryRun: boolean
  readonly sessions: number
  readonly reach: readonly Reach[]
}
