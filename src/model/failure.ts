/** Every way Mayfly itself can fail; a closed list, documented in docs/exit-codes.md with the exit status of each. */
export type FailureCode =
  | 'usage'
  | 'config-invalid'
  | 'profile-not-found'
  | 'profile-incomplete'
  | 'profile-loop'
  | 'key-not-found'
  | 'key-exists'
  | 'vault-locked'
  | 'vault-corrupt'
  | 'input-needed'
  | 'mfa-rejected'
  | 'login-needed'
  | 'access-denied'
  | 'approval-needed'
  | 'broker-refused'
  | 'credentials-expired'
  | 'aws-refused'
  | 'network'
  | 'policy-malformed'
  | 'check-failed'
  | 'file-conflict'
  | 'ledger-down'
  | 'ledger-conflict'
  | 'ledger-altered'
  | 'command-not-found'
  | 'interrupted'

export interface FailureOptions {
  /** The next command to type, or the next thing to do. */
  readonly hint?: string
  readonly cause?: unknown
  /** Whether another source in a chain may be tried: true for "not mine", false for "mine, and it failed". */
  readonly tryNext?: boolean
}

/** The one error Mayfly throws on purpose: a code to branch on, a sentence for people, and what to do next. */
export class Failure extends Error {
  override readonly name = 'Failure'
  readonly code: FailureCode
  readonly hint: string | undefined
  readonly tryNext: boolean

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.hint = options.hint
    this.tryNext = options.tryNext ?? false
  }
}
