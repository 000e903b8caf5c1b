import type { Approvals, BrokerParts, Issuer, Revoker } from '../broker.ts'
import type { LoginParts } from '../logins/index.ts'
import type { Hub } from './hub.ts'
import type { Metrics } from './metrics.ts'

/** What the API stands on. */
export interface ApiParts extends BrokerParts {
  readonly logins: LoginParts
  readonly issuer: Issuer
  readonly approvals: Approvals
  readonly revoker: Revoker
  readonly hub: Hub
  readonly metrics: Metrics
  /** When the chain was last verified whole: milliseconds since 1970. */
  readonly verifiedAt: () => number | undefined
  /** Where the page's files are; absent: no page. */
  readonly page?: string
}
