/** Any key that signs a request: a permanent one, or the three parts of a temporary one. */
export interface SigningKey {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/**
 * Temporary credentials. The session token and the expiry are required, so a permanent key is not assignable:
 * what a function that takes `Credentials` hands on always ends by itself.
 */
export interface Credentials extends SigningKey {
  readonly sessionToken: string
  /** The instant after which AWS refuses them. */
  readonly expiration: Date
  /** The twelve-digit account, when the issuer said so. */
  readonly accountId?: string
}

/** Which service in which region a signature is good for. */
export interface Scope {
  readonly region: string
  readonly service: string
}
