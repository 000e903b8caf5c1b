import type { Context } from 'hono'
import type { Ledger } from '../../ledger/index.ts'
import type { Principal } from '../../model/principal.ts'
import type { Authenticators } from '../authenticators/index.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { RateLimits } from './rate-limits.ts'
import type { Tokens } from './tokens.ts'

/** What the logins of a broker stand on. */
export interface LoginParts {
  readonly config: () => Pick<BrokerConfig, 'publicUrl' | 'trustedProxies'>
  readonly ledger: Ledger
  readonly authenticators: Authenticators
  readonly tokens: Tokens
  /** What `loadOrMakeKey` gives. */
  readonly key: string
  readonly limits: RateLimits
  readonly now: () => Date
  readonly randomBytes: (length: number) => Uint8Array
  /** Who is at the other end of the connection. Default: as `@hono/node-server` tells. */
  readonly peer?: (c: Context) => Peer
}

export interface Peer {
  readonly address: string
  /** Of a connection by mutual TLS: leaf first, DER. */
  readonly certificates?: readonly Uint8Array[]
}

/** What handlers behind `callerFrom` find in `c.var`. */
export interface CallerEnv {
  readonly Variables: {
    readonly principal: Principal
    readonly sourceIp: string
    /** Whether the login still counts, for answers that take long. */
    readonly isStillIn: () => Promise<boolean>
  }
}
