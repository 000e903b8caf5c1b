import type { LedgerEvent, LedgerRow } from '../model/ledger-event.ts'
import type { Revocation } from '../model/revocation.ts'
import type { Session, SessionState } from '../model/session.ts'
import type { ApprovalRequest } from '../model/session-request.ts'

/** Which sessions; all that is said must hold. */
export interface SessionQuery {
  readonly state?: SessionState
  /** Not over at this instant (milliseconds since 1970), and neither failed nor revoked. */
  readonly liveAt?: number
  readonly principalId?: string
  readonly sourceIdentity?: string
  readonly role?: string
  readonly roleArn?: string
  readonly accountId?: string
  readonly origin?: Session['origin']
  readonly accessKeyId?: string
  readonly userId?: string
  /**
   * A part of the principal's name, the role, the session's name or id, in any case. A page looks through so many
   * sessions at most: it may have few, or none, and a cursor.
   */
  readonly text?: string
  /** Newest first; at most 1000, 100 unless told. */
  readonly limit?: number
  /** From the page before. */
  readonly cursor?: string
}

export interface Page<T> {
  readonly items: readonly T[]
  /** There is more from here on. */
  readonly cursor?: string
}

export interface EventQuery {
  /** Rows with a higher number. */
  readonly after?: number
  readonly sessionId?: string
  readonly requestId?: string
  readonly revocationId?: string
  readonly principalId?: string
  readonly kinds?: readonly LedgerEvent['kind'][]
  readonly limit?: number
  /** The last row first. */
  readonly newestFirst?: true
  /** Rows with a lower number. */
  readonly before?: number
}

export interface RequestQuery {
  readonly state?: ApprovalRequest['state']
  readonly principalId?: string
  /** At most 1000, 100 unless told. */
  readonly limit?: number
  /** From the page before. */
  readonly cursor?: string
}

/**
 * The append-only, hash-chained record of what was asked, issued, used and revoked. A session, a request and a
 * revocation are folds of their events, kept beside them so that they are found at once.
 */
export interface Ledger {
  /**
   * Appends all of the events or none, in this order; when it resolves they survive a loss of power. Rejects with a
   * `Failure` of code `ledger-down` when they could not be made durable, and of `ledger-conflict` when one of them does
   * not follow from what is there: an outcome of a session that is not pending, a second use of a request, an intent on
   * a proof that was revoked.
   */
  append(events: readonly LedgerEvent[]): Promise<readonly LedgerRow[]>
  session(id: string): Promise<Session | undefined>
  sessions(query: SessionQuery): Promise<Page<Session>>
  countLive(now: number): Promise<number>
  request(id: string): Promise<ApprovalRequest | undefined>
  /** Newest first. */
  requests(query: RequestQuery): Promise<Page<ApprovalRequest>>
  revocation(id: string): Promise<Revocation | undefined>
  /** Newest first; all from after `since` (milliseconds since 1970), else at most 1000, 100 unless told. */
  revocations(query: { readonly limit?: number; readonly since?: number }): Promise<readonly Revocation[]>
  /** In their order, or backwards. */
  events(query?: EventQuery): AsyncIterable<LedgerRow>
  /** Tells of every row from now on, in order, whichever broker appended it; gives what ends the telling. */
  watch(listener: (row: LedgerRow) => void): () => void
  /** Proofs of this principal from before this instant (milliseconds since 1970) are refused; undefined: none was revoked. */
  barrier(principalId: string): Promise<number | undefined>
  /** The last row's number and hash; 0 and sixty-four zeros of an empty ledger. */
  head(): Promise<{ readonly seq: number; readonly hash: string }>
  /**
   * Whether this proof (an assertion's id, a nonce, a signature) is spent now for the first time, in any of the brokers.
   * It is remembered until an hour after `until`, from when on it must prove nothing anyway.
   */
  spend(proof: string, until: number, now: number): Promise<boolean>
  /**
   * Leaves a text under a name for all brokers to find until that instant (milliseconds since 1970); of several who do
   * so at once one is told true. False, and nothing changed, where there is one already. No part of the record: it is
   * gone when it is over.
   */
  put(name: string, text: string, until: number, now: number): Promise<boolean>
  /** What was left under a name, and is not over at `now`. */
  get(name: string, now: number): Promise<string | undefined>
  /** The same, and removes it: of several who take at once one is given it. */
  take(name: string, now: number): Promise<string | undefined>
  close(): Promise<void>
}
