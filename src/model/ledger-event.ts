import type { Reach, RevocationTarget } from './revocation.ts'
import type { Session, SessionUse } from './session.ts'
import type { ApprovalRequest, Vote } from './session-request.ts'

/** What the ledger keeps: facts, in the order they became known. `at` is milliseconds since 1970. No secrets. */
export type LedgerEvent = { readonly at: number } & (
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
  /** Somebody asked, and the answer was no. */
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
      /** When who votes last proved who they are. */
      readonly provenAt: number
      readonly requestId: string
      readonly vote: Vote
      readonly state: ApprovalRequest['state']
    }
  /** Written before AWS is asked: the session in state `pending`. `provenAt` is when its principal last proved who they are. */
  | { readonly kind: 'intent'; readonly session: Session; readonly provenAt: number }
  /** Written before the credentials leave. */
  | {
      readonly kind: 'issued'
      readonly sessionId: string
      readonly accessKeyId: string
      readonly userId: string
      readonly issuedAt: number
      readonly expiresAt: number
      readonly packedPolicySize?: number
    }
  /** AWS said no, or what became of the intent cannot be known; `expiresAt` is then when it ends if it was issued. */
  | {
      readonly kind: 'failed'
      readonly sessionId: string
      readonly because: string
      readonly unknown?: true
      readonly expiresAt?: number
    }
  /** From this row on the broker refuses. The ledger adds the sessions that the target stands for to `sessions`. */
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
  /** A session that this broker did not issue. */
  | { readonly kind: 'found'; readonly session: Session }
  | { readonly kind: 'used'; readonly sessionId: string; readonly use: SessionUse }
  | {
      readonly kind: 'alert'
      readonly alertId: string
      readonly alert: AlertKind
      readonly sessionId?: string
      readonly text: string
    }
  | { readonly kind: 'alert-closed'; readonly alertId: string; readonly by: string; readonly reason: string }
  /** A session that was issued on break-glass has been looked at. */
  | { readonly kind: 'reviewed'; readonly sessionId: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'configured'; readonly digest: string; readonly by: string }
)

export type AlertKind = 'unknown-session' | 'two-networks' | 'used-after-revocation' | 'break-glass' | 'ledger'

/** An event where it stands in the chain. */
export interface LedgerRow {
  /** From 1, without a gap. */
  readonly seq: number
  readonly event: LedgerEvent
  /** Hex SHA-256 over the hash before it and this row. */
  readonly hash: string
}
