/** What somebody asks a broker for. */
export interface SessionRequest {
  /** The role's name in the configuration, or its ARN. */
  readonly role: string
  /** Seconds; absent: the grant's default. */
  readonly duration?: number
  /** A session policy to narrow the grant's further: JSON text. */
  readonly policy?: string
  readonly reason?: string
  readonly ticket?: string
  /** The id of an approved request to issue on. */
  readonly requestId?: string
  /** Asks for the grant that is open in emergencies, which everybody hears of and somebody reviews. */
  readonly breakGlass?: true
  /** Where the request comes from. */
  readonly sourceIp: string
}

/** A request that waits for, or has had, its approvals. Instants are milliseconds since 1970. */
export interface ApprovalRequest {
  /** Nineteen characters of `a-z2-7`, the first an `r`. */
  readonly id: string
  readonly state: 'waiting' | 'approved' | 'refused' | 'used'
  readonly principalId: string
  readonly principalName: string
  readonly role: string
  readonly grant: string
  readonly duration: number
  readonly policy?: string
  readonly reason?: string
  readonly ticket?: string
  readonly askedAt: number
  /** When it lapses, approved or not. */
  readonly expiresAt: number
  /** How many approvals it takes. */
  readonly needed: number
  readonly votes: readonly Vote[]
  readonly breakGlass?: true
  /** A digest of what the grant said when it was asked. Without it nothing is issued on the request. */
  readonly terms?: string
}

export interface Vote {
  readonly by: string
  readonly byName: string
  readonly at: number
  readonly approve: boolean
  readonly reason?: string
}
