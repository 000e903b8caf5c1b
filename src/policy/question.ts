import type { PolicyDocument } from './document.ts'

/** Condition context: keys compare case-insensitively; a list is a multivalued key; a missing key is simply absent. */
export type RequestContext = Readonly<Record<string, string | readonly string[]>>

/** One access question: may this principal do this action on this resource, here and now? */
export interface AccessQuestion {
  /**
   * The caller's ARN as GetCallerIdentity shows it (`…:user/ann`, `…:assumed-role/dev/ann`, `…:federated-user/bob`,
   * `…:root`), an `oidc-provider`/`saml-provider` ARN, a service (`ec2.amazonaws.com`), or a built-in web identity
   * provider (`accounts.google.com`). `*` is an anonymous caller.
   */
  readonly principal: string
  /** `service:Action` as AWS spells it; compared case-insensitively. */
  readonly action: string
  /** The resource's ARN, or `*` where the action names none. */
  readonly resource: string
  /** The account that owns the resource. Absent: the caller's own. */
  readonly resourceAccount?: string
  /** `aws:PrincipalArn` in here, when present, is the exact role behind a session (path included). */
  readonly context: RequestContext
}

/** The policies that bear on a question. A type left out does not apply; a type that is present but empty allows nothing. */
export interface PolicySet {
  readonly identity?: readonly PolicyDocument[]
  /** The policy on the resource: a bucket policy, a secret's policy, or (for sts:AssumeRole*) a role's trust policy. */
  readonly resource?: PolicyDocument
  readonly boundary?: readonly PolicyDocument[]
  readonly session?: readonly PolicyDocument[]
  /** One entry a level from the organisation's root down to the account; each level must allow. */
  readonly scp?: readonly (readonly PolicyDocument[])[]
  readonly rcp?: readonly (readonly PolicyDocument[])[]
  /** The policy of the VPC endpoint the request came through. */
  readonly endpoint?: PolicyDocument
}

export type PolicyType = 'identity' | 'resource' | 'boundary' | 'session' | 'scp' | 'rcp' | 'endpoint'

/** Which statement: the type, the document's place in that type, and the statement's place in the document. */
export interface StatementRef {
  readonly type: PolicyType
  /** 0-based; for `scp` and `rcp` counted through all levels. */
  readonly document: number
  /** 0-based. */
  readonly statement: number
  readonly sid?: string
}

/** The answer, and why. */
export interface Verdict {
  readonly outcome: 'allowed' | 'implicitly-denied' | 'explicitly-denied'
  /** The statements that decided: every matching Deny, else every matching Allow that took part. Empty when implicit. */
  readonly deciding: readonly StatementRef[]
  /** When implicitly denied: the policy type that was silent where an Allow was needed. */
  readonly silent?: PolicyType
}

/** Compiled policies, ready to be asked any number of times. */
export type Decider = (question: AccessQuestion) => Verdict
