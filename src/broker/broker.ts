import type { SendPost } from '../host/post.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Decision } from '../model/decision.ts'
import type { Principal } from '../model/principal.ts'
import type { Revocation, RevocationTarget } from '../model/revocation.ts'
import type { Session } from '../model/session.ts'
import type { ApprovalRequest, SessionRequest } from '../model/session-request.ts'
import type { Credentials, SigningKey } from '../model/signing-key.ts'
import type { BrokerConfig, Grant, Role } from './config/broker-config.ts'

/** Why a broker says no; a closed list, part of its API. */
export type BrokerDenialCode =
  | 'no-such-role'
  | 'no-grant'
  | 'too-long'
  | 'mfa-needed'
  | 'reason-needed'
  | 'ticket-needed'
  | 'approval-needed'
  | 'outside-hours'
  | 'outside-network'
  | 'policy-too-large'
  | 'policy-malformed'
  | 'login-expired'
  | 'principal-revoked'
  | 'request-not-approved'
  | 'not-allowed'
  | 'rate-limited'
  | 'aws-refused'
  | 'aws-unreachable'
  | 'ledger-down'

/** What a decision to issue brings. */
export interface Allowed {
  readonly grant: Grant
  readonly role: Role
  /** Seconds, clipped to the grant, the role and the proof. */
  readonly duration: number
  /** The session policy: the grant's and the request's together; absent: the role's own permissions. */
  readonly policy?: string
}

/** What became of asking for a session. */
export type IssueOutcome = Decision<{ readonly session: Session; readonly credentials: Credentials }, BrokerDenialCode>

export interface Issuer {
  issue(principal: Principal, request: SessionRequest): Promise<IssueOutcome>
  /** Closes what a crash left open: intents without an outcome. Gives how many. */
  recover(): Promise<number>
}

export interface Approvals {
  /** Asks for approval; the decision says no where nothing needs approving or nobody may have it. */
  ask(
    principal: Principal,
    request: SessionRequest,
  ): Promise<Decision<{ readonly request: ApprovalRequest }, BrokerDenialCode>>
  vote(
    by: Principal,
    requestId: string,
    vote: { readonly approve: boolean; readonly reason?: string },
  ): Promise<Decision<{ readonly request: ApprovalRequest }, BrokerDenialCode>>
}

export interface Revoker {
  /** Ends what the target names and says how far that reached; with `dryRun`, what it would. */
  revoke(
    target: RevocationTarget,
    by: Pick<Principal, 'id' | 'name'>,
    reason: string,
    options?: { readonly dryRun?: boolean },
  ): Promise<Decision<{ readonly revocation: Revocation }, BrokerDenialCode>>
  /** Whether a principal's proof from before `authenticatedAt` still counts. */
  isRevoked(principalId: string, authenticatedAt: Date): Promise<boolean>
  /** Removes deny entries whose sessions are over. */
  tidy(): Promise<void>
  /**
   * Ends what CloudTrail told of only after the revocation that covers it: sessions of others from before it, and what
   * was taken since with a revoked session. Gives how many.
   */
  catchUp(): Promise<number>
  /** Carries to AWS what a crash kept from it: revocations whose reach was never told. Gives how many. */
  recover(): Promise<number>
}

/** What the parts of a broker stand on. */
export interface BrokerParts {
  readonly config: () => BrokerConfig
  readonly ledger: Ledger
  readonly aws: BrokerAws
  readonly now: () => Date
  readonly randomBytes: (length: number) => Uint8Array
  /** Told of what operators should hear, as one line without secrets. */
  readonly log: (level: 'info' | 'warn' | 'error', message: string, detail?: Readonly<Record<string, unknown>>) => void
}

/** AWS as the broker calls it. */
export interface BrokerAws {
  /** The broker's own key: it signs AssumeRole and the calls that revoke. */
  readonly key: () => Promise<SigningKey>
  readonly fetch: (request: Request) => Promise<Response>
  /** Over connections that are kept; absent: by `fetch`. */
  readonly post?: SendPost
  /** Of every service, for sandboxes; absent: AWS's own. */
  readonly endpoint?: string
  readonly region: string
}
