/** The configuration of a broker as it is used: read, checked, its references resolved. See docs/broker-config.md. */
export interface BrokerConfig {
  /** Hex SHA-256 of the file. */
  readonly digest: string
  readonly listen: {
    readonly host: string
    readonly port: number
    readonly tls?: { readonly certificate: string; readonly privateKey: string }
  }
  /** Where callers with certificates come: mutual TLS. */
  readonly listenMutualTls?: {
    readonly host: string
    readonly port: number
    readonly certificate: string
    readonly privateKey: string
  }
  /** As people and machines reach it, without a slash at the end: the audience of proofs. */
  readonly publicUrl: string
  /** `sqlite:` and a path, `memory:`, or a `postgres://` URL. */
  readonly database: string
  /** What logins are signed with: a file, made when it is missing. */
  readonly keyFile: string
  readonly upstream: { readonly profile?: string; readonly region: string; readonly endpoint?: string }
  readonly accounts: Readonly<Record<string, Account>>
  readonly roles: Readonly<Record<string, Role>>
  readonly grants: readonly Grant[]
  readonly authenticators: readonly AuthenticatorConfig[]
  /** Who may see all, approve in general, and administer. A principal that matches none sees their own. */
  readonly access: { readonly viewers: Who; readonly approvers: Who; readonly admins: Who }
  readonly notify: readonly Notify[]
  /** Addresses whose X-Forwarded-For is believed, as CIDR. */
  readonly trustedProxies: readonly string[]
  /** Who may read the figures. Neither said: this machine. */
  readonly metrics: { readonly from?: readonly string[]; readonly tokenFile?: string }
  /** How CloudTrail is watched. */
  readonly watch: {
    readonly lookupEvents: boolean
    readonly everySeconds: number
    readonly deliveries?: string
    readonly accounts: readonly string[]
    readonly regions: readonly string[]
  }
}

interface Account {
  readonly name: string
  readonly id: string
}

export interface Role {
  readonly name: string
  readonly arn: string
  readonly accountId: string
  readonly externalId?: string
  /** Seconds; AWS refuses more than the role's own limit. */
  readonly longest: number
  /** Whether the broker may write deny policies on it; else what it issued for it runs until it ends. */
  readonly revocable: boolean
  /** Role to assume for revoking and watching in that account; absent: the broker's own key. */
  readonly administratorArn?: string
}

/** Whom something is for. All that is said must hold; of each list one. Nothing said: nobody. */
export interface Who {
  readonly anyone?: true
  readonly ids?: readonly string[]
  readonly groups?: readonly string[]
  /** By authenticator's name. */
  readonly authenticators?: readonly string[]
  /** Exact values, or patterns with `*` that match within a value and never across `:` or `/` unless written `**`. */
  readonly claims?: Readonly<Record<string, readonly string[]>>
  /** Alternatives: it is enough that one of these holds. */
  readonly anyOf?: readonly Who[]
}

/** A standing rule: these principals, this role, at most this long, under this policy. */
export interface Grant {
  readonly name: string
  readonly to: Who
  readonly role: string
  /** Seconds. */
  readonly longest: number
  readonly usual: number
  /** JSON text. */
  readonly policy?: string
  /** Most seconds since a second factor was shown. */
  readonly mfaWithin?: number
  readonly reasonNeeded: boolean
  /** What a ticket must look like, whole. */
  readonly ticket?: string
  readonly approvals?: { readonly count: number; readonly by: Who /** Seconds. */; readonly lapse: number }
  /** CIDR. */
  readonly networks?: readonly string[]
  readonly hours?: Hours
  /** Open in emergencies only: asked for by name, told to everybody, reviewed later. */
  readonly breakGlass: boolean
  /** Session tags; `${name}`, `${id}`, `${claims.x}` stand for the principal's. */
  readonly tags: Readonly<Record<string, string>>
  /** Where it stands in the file. */
  readonly line: number
}

export interface Hours {
  /** 0 is Sunday. */
  readonly days: readonly number[]
  /** Minutes since midnight; `to` before `from` goes over midnight. */
  readonly from: number
  readonly to: number
  /** An IANA zone. */
  readonly zone: string
}

export type AuthenticatorConfig = { readonly name: string; readonly line: number } & (
  | {
      readonly kind: 'oidc'
      readonly issuer: string
      readonly clientId: string
      readonly clientSecretFile?: string
      readonly scopes: readonly string[]
      readonly idClaim: string
      readonly nameClaim: string
      readonly groupsClaim: string
      /** Whether an address counts that the provider does not say it has verified. */
      readonly trustsEmails: boolean
      /** Seconds a login lasts at most. */
      readonly lifetime: number
    }
  | {
      readonly kind: 'saml'
      readonly metadataFile?: string
      readonly metadataUrl?: string
      readonly entityId: string
      readonly groupsAttribute: string
      readonly nameAttribute?: string
      readonly lifetime: number
    }
  | {
      readonly kind: 'jwt'
      readonly issuer: string
      readonly jwksUrl?: string
      readonly audience: string
      /** Which claims make the id; default `sub`. */
      readonly idClaim: string
      readonly groupsClaim?: string
      readonly lifetime: number
    }
  | {
      readonly kind: 'x509'
      /** PEM text. */
      readonly authorities: string
      readonly crlFile?: string
      readonly lifetime: number
    }
  | {
      readonly kind: 'aws'
      readonly accounts: readonly string[]
      readonly stsEndpoint?: string
      readonly lifetime: number
    }
)

export interface Notify {
  readonly kind: 'webhook' | 'slack'
  readonly url: string
  /** Of webhooks: the key of the HMAC. */
  readonly secretFile?: string
  readonly events: readonly ('asked' | 'voted' | 'issued' | 'denied' | 'revoked' | 'break-glass' | 'alert')[]
}
