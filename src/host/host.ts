import type { AwsCache } from './aws-cache.ts'
import type { Vault } from './vaults/vault.ts'

/** A client certificate to present, for the services that know their callers by one. PEM texts. */
export interface ClientCertificate {
  readonly certificate: string
  readonly privateKey: string
  /** Trust these authorities instead of the public ones. */
  readonly authorities?: string
}

/** Sends a request. Ours, because Node's own fetch cannot present a client certificate. */
export type Fetch = (request: Request, as?: ClientCertificate) => Promise<Response>

/** Something only the person (or their script) knows. */
export interface Question {
  readonly kind: 'mfa-code' | 'passphrase' | 'new-passphrase' | 'confirm' | 'text'
  /** Shown as it stands, for example "MFA code for arn:aws:iam::111122223333:mfa/ann". */
  readonly text: string
  /** Whether what is typed must not be echoed. */
  readonly secret?: boolean
}

/** The outside, as much of it as sources may touch. Tests pass their own. */
export interface Host {
  readonly fetch: Fetch
  readonly now: () => Date
  /** Rejects with a `Failure` of code `input-needed` where nobody can answer. */
  readonly ask: (question: Question) => Promise<string>
  /** Runs a command line (split as a POSIX shell splits words, no shell) and gives what it printed, trimmed. */
  readonly run: (commandLine: string) => Promise<string>
  /** The MFA code given beforehand (`--mfa-code`): at the first call, and undefined from then on, for it works once. */
  readonly presetMfaCode?: () => string | undefined
  /**
   * Shows the person an address and opens it in their browser where there is one; says whether one was started. The
   * address is always shown: a browser that started may be one nobody sees. Rejects with a `Failure` of code
   * `input-needed` where nobody is to be asked.
   */
  readonly openBrowser: (url: string) => Promise<boolean>
  /** Tells the person something, never a secret. */
  readonly say: (text: string) => void
  /** An environment variable; an empty one is none. */
  readonly variable: (name: string) => string | undefined
  /** A file of the user's, at most 1 MiB; `~/` is their home. Rejects with a `Failure` of code `config-invalid`. */
  readonly readFile: (path: string) => Promise<Buffer>
  /**
   * What AWS's own tools keep of sign-ins, shared with them: `~/.aws/sso/cache` and `~/.aws/login/cache` (or
   * AWS_LOGIN_CACHE_DIRECTORY). Nothing else belongs there.
   */
  readonly awsCache: (of: 'sso' | 'login') => AwsCache
  readonly vault: Vault
  /**
   * Does `work` while no other process holds the same name: one login, one MFA prompt and one STS call for any number
   * of concurrent callers.
   */
  readonly exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T>
}
