/** Why a request was refused; a closed list, so that callers can branch on it and messages stay free to improve. */
export type DenialCode =
  | 'missing-authentication'
  | 'malformed-authentication'
  | 'unknown-key'
  | 'inactive-key'
  | 'token-missing'
  | 'token-unexpected'
  | 'token-mismatch'
  | 'expired-session'
  | 'wrong-scope'
  | 'skewed-clock'
  | 'signature-mismatch'
  | 'unsigned-header'
  | 'expired-url'
  | 'payload-mismatch'

/** A refusal. It is a value: refusing is an everyday outcome, not an accident. */
export interface Denial<Code extends string = DenialCode> {
  readonly allowed: false
  readonly code: Code
  readonly because: string
}

/** Yes with what it brings, or no with the reason. */
export type Decision<Allowed, Code extends string = DenialCode> = ({ readonly allowed: true } & Allowed) | Denial<Code>

/** Builds a refusal. */
export const deny = <Code extends string>(code: Code, because: string): Denial<Code> => ({
  allowed: false,
  code,
  because,
})
