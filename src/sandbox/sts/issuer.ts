import type { Session } from '../cloud.ts'
import type { Caller } from '../service.ts'

/** The user behind a session that a permanent key asks for; for root, the account itself. */
export const issuerOf = (caller: Caller): Session['issuer'] => ({
  name: caller.userName ?? 'root',
  id: caller.userId,
  arn: caller.arn,
})
