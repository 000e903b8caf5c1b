import type { Cloud, Instant } from '../cloud.ts'
import { isOver } from '../identity-center/state.ts'
import type { SessionGrant } from '../issue-session.ts'
import type { Table } from '../store.ts'

/** Who signed in, as everything that is issued to them will have it. */
export type Identity = Omit<SessionGrant, 'duration'> & {
  /** A digest of the password that was typed: once it is another, nothing that was signed in with it is renewed. */
  readonly passwordDigest?: string
}

/** A browser that is signed in to the console, known by the SHA-256 of its cookie. */
export interface ConsoleSession {
  readonly digest: string
  readonly identity: Identity
  readonly endsAt: Instant
  /** The password was right, and a code of the MFA device is awaited. */
  readonly awaitsCode?: true
  /** The page of the console that a federated person asked for. */
  readonly destination?: string
}

/** A yes in the browser, known by the SHA-256 of its code. It is kept after use, to tell a replay from a guess. */
export interface AuthorizationCode {
  readonly digest: string
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: string
  readonly identity: Identity
  readonly expiresAt: Instant
  /** Until when what comes of it can be renewed. */
  readonly loginEnds: Instant
  /** The login that came of it. */
  readonly loginId?: string
}

/** A program that acts for whoever signed in. */
export interface Login {
  readonly id: string
  readonly clientId: string
  /** The thumbprint (RFC 7638) of the DPoP key that every renewal must prove. */
  readonly thumbprint: string
  readonly identity: Identity
  readonly endsAt: Instant
  /** Counts renewals: a refresh token is good for one of them. */
  readonly generation: number
  readonly renewedAt: Instant
  /** The session of the latest renewal. */
  readonly accessKeyId: string
}

/** A sign-in that federation prepared, known by the SHA-256 of its token. */
interface SigninToken {
  readonly digest: string
  readonly identity: Identity
  readonly expiresAt: Instant
  /** When the console session it opens ends. */
  readonly sessionEnds: Instant
}

/** Wrong passwords and codes of one user. */
interface Failures {
  readonly id: string
  readonly count: number
  readonly since: Instant
}

export interface SigninState {
  readonly consoleSessions: Table<ConsoleSession>
  readonly codes: Table<AuthorizationCode>
  readonly logins: Table<Login>
  readonly signinTokens: Table<SigninToken>
  /** Proofs of possession that were seen, by key and `jti`, and until when they must be remembered. */
  readonly proofs: Table<{ readonly id: string; readonly until: Instant }>
  /** Keyed by account and user name. */
  readonly failures: Table<Failures>
}

/** What the sign-in keeps, over the cloud's store. */
export const stateOf = ({ store }: Cloud): SigninState => ({
  consoleSessions: store.table('signin/console-session'),
  codes: store.table('signin/code'),
  logins: store.table('signin/login'),
  signinTokens: store.table('signin/token'),
  proofs: store.table('signin/proof'),
  failures: store.table('signin/failures'),
})

/** Twelve hours: how long a sign-in to the console lasts, and what programs got by it can be renewed. */
export const signInSeconds = 12 * 3600

/** Forgets what is over, so that a sandbox that runs for weeks does not fill up. */
export function forgetOver(cloud: Cloud, at: Date): void {
  const { consoleSessions, codes, logins, signinTokens } = stateOf(cloud)
  for (const { digest, endsAt } of [...consoleSessions.values()]) if (isOver(endsAt, at)) consoleSessions.delete(digest)
  for (const { digest, loginEnds } of [...codes.values()]) if (isOver(loginEnds, at)) codes.delete(digest)
  for (const { id, endsAt } of [...logins.values()]) if (isOver(endsAt, at)) logins.delete(id)
  for (const { digest, expiresAt } of [...signinTokens.values()]) if (isOver(expiresAt, at)) signinTokens.delete(digest)
}
