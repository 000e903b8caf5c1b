/** One issue of credentials to one principal: what is known of it, never a secret. Instants are milliseconds since 1970. */
export interface Session {
  /** Nineteen characters of `a-z2-7`, the first an `s`; a part of the session's name at AWS. */
  readonly id: string
  /** Whether this broker issued it, or CloudTrail told of it. */
  readonly origin: 'broker' | 'cloudtrail'
  /** How AWS was asked: `AssumeRole`, `GetSessionToken`, `CreateSession` (Roles Anywhere) … */
  readonly operation: string
  readonly state: SessionState
  readonly principalId: string
  readonly principalName: string
  readonly principalKind: 'person' | 'workload' | 'unknown'
  readonly accountId: string
  /** Empty for sessions of a user. */
  readonly roleArn: string
  /** The role's name in the configuration; empty for sessions of others. */
  readonly role: string
  /** The grant that allowed it; empty for sessions of others. */
  readonly grant: string
  readonly sessionName: string
  readonly sourceIdentity: string
  readonly askedAt: number
  readonly issuedAt?: number
  readonly expiresAt?: number
  readonly accessKeyId?: string
  /** `AROA…:session-name`: what `aws:userid` is. */
  readonly userId?: string
  /** Where the request came from. */
  readonly sourceIp?: string
  readonly reason?: string
  readonly ticket?: string
  /** The approved request it was issued on. */
  readonly requestId?: string
  /** The session policy it was issued with. */
  readonly policy?: string
  /** Percent of AWS's limit for packed policies and tags. */
  readonly packedPolicySize?: number
  /** Of a session that was never issued. */
  readonly failure?: string
  /** The session it was taken with, where that is known. */
  readonly parentAccessKeyId?: string
  readonly revocationId?: string
  readonly revokedAt?: number
  readonly use?: SessionUse
}

/** `pending`: AWS has been or will be asked, and the outcome is not known yet. Being over is not a state: it is a matter of time. */
export type SessionState = 'pending' | 'issued' | 'failed' | 'revoked'

/** What CloudTrail tells of a session. */
export interface SessionUse {
  readonly lastAt: number
  readonly lastFrom: string
  /** Different addresses seen, at most twenty. */
  readonly addresses: readonly string[]
  /** Calls by `service:Action`, at most a hundred kinds. */
  readonly calls: Readonly<Record<string, number>>
  readonly denied: number
}
