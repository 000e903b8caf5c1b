/** A policy document as IAM's grammar has it, after parsing: lists are lists, whether written as one string or several. */
export interface PolicyDocument {
  readonly version: '2012-10-17' | '2008-10-17'
  readonly id?: string
  readonly statements: readonly Statement[]
}

export interface Statement {
  readonly sid?: string
  readonly effect: 'Allow' | 'Deny'
  /** Exactly one of the pair is present in a parsed document; same for the two below. */
  readonly action?: readonly string[]
  readonly notAction?: readonly string[]
  readonly resource?: readonly string[]
  readonly notResource?: readonly string[]
  readonly principal?: PrincipalElement
  readonly notPrincipal?: PrincipalElement
  readonly conditions: readonly Condition[]
}

/** `"*"` is `{ any: true }`. */
export interface PrincipalElement {
  readonly any?: true
  readonly aws?: readonly string[]
  readonly service?: readonly string[]
  readonly federated?: readonly string[]
  readonly canonicalUser?: readonly string[]
}

/** One operator on one key: every condition of a statement must hold, any one of its values is enough. */
export interface Condition {
  /** As written, for example `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string
  readonly key: string
  readonly values: readonly string[]
}
