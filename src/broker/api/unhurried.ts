import type { Principal } from '../../model/principal.ts'
import type { RateLimits } from '../logins/rate-limits.ts'
import { Problem } from './problem.ts'

/** Refuses who asks for sessions faster than anybody needs them. Neither AWS is asked nor the ledger written. */
export function assertUnhurried(limits: RateLimits, { id }: Principal): void {
  const wait = limits.take('session', id)
  if (wait > 0) throw new Problem('rate-limited', `That is many sessions at once: ask again in ${wait} s.`)
}
