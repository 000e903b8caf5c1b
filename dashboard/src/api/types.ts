/** The broker's HTTP API as this page reads it; GET /openapi.json says all of it. */

/** ISO 8601. */
type Instant = string

export type Access = 'viewer' | 'approver' | 'admin'

export interface Me {
  readonly principal: {
    readonly id: string
    readonly kind: string
    readonly name: string
    readonly groups: readonly string[]
  }
  readonly access: readonly Access[]
  readonly expiresAt: Instant
}

export interface AuthenticatorInfo {
  readonly name: string
  readonly kind: 'oidc' | 'saml' | 'jwt' | 'x509' | 'aws'
  /** It cannot be used at present. */
  readonly broken?: true
  /** Why; admins are told. */
  readonly because?: string
}

export interface Session {
  readonly id: string
  readonly origin: 'broker' | 'cloudtrail'
  readonly operation: string
  readonly state: 'pending' | 'issued' | 'failed' | 'revoked'
  readonly principalId: string
  readonly principalName: string
  readonly principalKind: 'person' | 'workload' | 'unknown'
  readonly accountId: string
  readonly roleArn: string
  readonly role: string
  readonly grant: string
  readonly sessionName: string
  readonly sourceIdentity: string
  readonly askedAt: Instant
  readonly issuedAt?: Instant
  readonly expiresAt?: Instant
  readonly accessKeyId?: string
  readonly userId?: string
  readonly sourceIp?: string
  readonly reason?: string
  readonly ticket?: string
  readonly requestId?: string
  readonly policy?: string
  readonly packedPolicySize?: number
  readonly failure?: string
  readonly revocationId?: string
  readonly revokedAt?: Instant
  readonly use?: SessionUse
}

interface SessionUse {
  readonly lastAt: Instant
  readonly lastFrom: string
  readonly addresses: readonly string[]
  readonly calls: Readonly<Record<string, number>>
  readonly denied: number
}

interface Vote {
  readonly by: string
  readonly byName: string
  readonly at: Instant
  readonly approve: boolean
  readonly reason?: string
}

export interface ApprovalRequest {
  readonly id: string
  readonly state: 'waiting' | 'approved' | 'refused' | 'used'
  readonly principalId: string
  readonly principalName: string
  readonly role: string
  readonly grant: string
  /** Seconds. */
  readonly duration: number
  readonly policy?: string
  readonly reason?: string
  readonly ticket?: string
  readonly askedAt: Instant
  readonly expiresAt: Instant
  readonly needed: number
  readonly votes: readonly Vote[]
  readonly breakGlass?: true
  /** Its grant has changed since it was asked. */
  readonly outdated?: true
}

export type RevocationTarget =
  | { readonly kind: 'session'; readonly sessionId: string }
  | { readonly kind: 'principal'; readonly principalId: string; readonly before?: Instant }
  | { readonly kind: 'role'; readonly role: string; readonly before?: Instant }
  | { readonly kind: 'everything'; readonly before?: Instant }

export interface Reach {
  readonly place: 'broker' | 'agent' | 'gateway' | 'aws'
  readonly where: string
  readonly effect: 'refused' | 'dropped' | 'denied' | 'runs-until-expiry' | 'unknown'
  readonly how: string
  readonly sessions: readonly string[]
  /** Milliseconds, where it was measured. */
  readonly took?: number
  readonly until?: Instant
}

export interface Revocation {
  readonly id: string
  readonly target: RevocationTarget
  readonly by: string
  readonly reason: string
  readonly at: Instant
  readonly dryRun: boolean
  readonly sessions: number
  readonly reach: readonly Reach[]
}

export interface GrantView {
  readonly grant: string
  readonly role: string
  /** Seconds. */
  readonly longest: number
  readonly usual: number
  readonly needs: readonly string[]
  /** How many have to approve; absent: nobody. */
  readonly approvals?: number
  readonly allowed: boolean
  readonly code?: string
  readonly because?: string
}

export interface Alert {
  readonly id: string
  readonly kind: 'unknown-session' | 'two-networks' | 'used-after-revocation' | 'break-glass' | 'ledger'
  readonly text: string
  readonly at: Instant
  readonly sessionId?: string
  readonly closed?: { readonly by: string; readonly reason: string; readonly at: Instant }
}

export interface LedgerHealth {
  readonly seq: number
  readonly hash: string
  readonly verifiedAt?: Instant
  readonly database: string
}

/** What the ledger keeps, as far as the caller may see it. */
export type LedgerEvent = { readonly at: Instant } & (
  | {
      readonly kind: 'login'
      readonly principalId: string
      readonly name: string
      readonly authenticator: string
      readonly sourceIp: string
    }
  | {
      readonly kind: 'login-refused'
      readonly authenticator: string
      readonly because: string
      readonly sourceIp: string
    }
  | {
      readonly kind: 'denied'
      readonly principalId: string
      readonly name: string
      readonly role: string
      readonly code: string
      readonly because: string
      readonly sourceIp: string
    }
  | { readonly kind: 'asked'; readonly request: ApprovalRequest }
  | {
      readonly kind: 'voted'
      readonly provenAt: Instant
      readonly requestId: string
      readonly vote: Vote
      readonly state: ApprovalRequest['state']
    }
  | { readonly kind: 'intent'; readonly session: Session; readonly provenAt: Instant }
  | {
      readonly kind: 'issued'
      readonly sessionId: string
      readonly accessKeyId: string
      readonly userId: string
      readonly issuedAt: Instant
      readonly expiresAt: Instant
      readonly packedPolicySize?: number
    }
  | {
      readonly kind: 'failed'
      readonly sessionId: string
      readonly because: string
      readonly unknown?: true
      readonly expiresAt?: Instant
    }
  | {
      readonly kind: 'revoked'
      readonly revocationId: string
      readonly target: RevocationTarget
      readonly by: string
      readonly byName: string
      readonly reason: string
      readonly sessions: readonly string[]
    }
  | { readonly kind: 'reached'; readonly revocationId: string; readonly reach: Reach }
  | { readonly kind: 'found'; readonly session: Session }
  | { readonly kind: 'used'; readonly sessionId: string; readonly use: SessionUse }
  | {
      readonly kind: 'alert'
      readonly alertId: string
      readonly alert: Alert['kind']
      readonly sessionId?: string
      readonly text: string
    }
  | { readonly kind: 'alert-closed'; readonly alertId: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'reviewed'; readonly sessionId: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'configured'; readonly digest: string; readonly by: string }
)

/** An event where it stands in the ledger. */
export interface LedgerRow {
  readonly seq: number
  readonly event: LedgerEvent
}
