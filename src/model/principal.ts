/** Who somebody is, once proven. */
export interface Principal {
  /** Authenticator and subject, unique in a broker: `corp:ann@example.com`, `github:repo:acme/app:ref:refs/heads/main`. */
  readonly id: string
  readonly kind: 'person' | 'workload'
  /** The name of the authenticator in the configuration. */
  readonly authenticator: string
  /** What people read: an e-mail address, a repository, a certificate's common name. */
  readonly name: string
  readonly groups: readonly string[]
  /** What else the proof says, for grants to ask about. */
  readonly claims: Readonly<Record<string, string | readonly string[]>>
  readonly authenticatedAt: Date
  /** When the proof ends: nothing that is issued on it lives longer. */
  readonly expiresAt: Date
  /** When a second factor was last shown, where the proof says so. */
  readonly mfaAt?: Date
}
