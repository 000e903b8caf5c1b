import type { AccessQuestion, Verdict } from '../policy/question.ts'
import type { Store, Table } from './store.ts'

/** Instants in the state are ISO 8601 texts with milliseconds, because state is plain JSON. */
export type Instant = string
export type Tags = Readonly<Record<string, string>>
/** Policy documents as they were written: the text is what Get* gives back, and what is compiled to decide. */
export type PolicyText = string

export interface Account {
  readonly id: string
  readonly alias?: string
  /** Service control policies, a list a level from the organisation's root down; none when the account stands alone. */
  readonly scp?: readonly (readonly PolicyText[])[]
  readonly rcp?: readonly (readonly PolicyText[])[]
}

/** What users, groups and roles share. Names are unique in an account without regard to case. */
export interface Entity {
  readonly accountId: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly createdAt: Instant
  /** Inline policies by name. */
  readonly inline: Readonly<Record<string, PolicyText>>
  /** ARNs of attached managed policies, in the order attached. */
  readonly attached: readonly string[]
}

export interface User extends Entity {
  readonly boundary?: string
  readonly tags: Tags
  readonly groups: readonly string[]
  readonly login?: {
    readonly passwordHash: string
    readonly createdAt: Instant
    /** When the password was last set; absent: when it was created. */
    readonly changedAt?: Instant
    readonly resetRequired: boolean
    readonly lastUsed?: Instant
  }
}

export type Group = Entity

export interface Role extends Entity {
  readonly description?: string
  readonly trust: PolicyText
  /** Seconds, 3600 to 43200. */
  readonly maxSessionDuration: number
  readonly boundary?: string
  readonly tags: Tags
  readonly lastUsed?: { readonly at: Instant; readonly region: string }
}

export interface ManagedPolicy {
  /** `aws` for those AWS publishes. */
  readonly accountId: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly description?: string
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly defaultVersion: string
  readonly versions: readonly { readonly id: string; readonly document: PolicyText; readonly createdAt: Instant }[]
  readonly nextVersion: number
  readonly tags: Tags
}

export interface InstanceProfile {
  readonly accountId: string
  readonly name: string
  readonly path: string
  readonly id: string
  readonly arn: string
  readonly createdAt: Instant
  readonly roles: readonly string[]
  readonly tags: Tags
}

/** A SAML identity provider the account trusts. */
export interface SamlProvider {
  readonly accountId: string
  readonly name: string
  readonly arn: string
  /** Unique among providers, and new when the metadata is: what GetSAMLProvider calls its UUID. */
  readonly id: string
  readonly createdAt: Instant
  readonly validUntil: Instant
  /** As it was given, and what was read from it: who signs, with which keys (PEM). */
  readonly metadata: string
  readonly entityId: string
  readonly keys: readonly string[]
  readonly tags: Tags
}

/** An OpenID Connect identity provider the account trusts. */
export interface OidcProvider {
  readonly accountId: string
  readonly arn: string
  /** What tokens must name as their issuer, to the letter. */
  readonly url: string
  /** The audiences it may issue tokens for. */
  readonly clientIds: readonly string[]
  /** Kept and given back; what counts is whom the machine trusts. */
  readonly thumbprints: readonly string[]
  readonly createdAt: Instant
  readonly tags: Tags
}

/** A permanent key, of a user or (no `userName`) of the account's root. */
export interface AccessKey {
  readonly id: string
  readonly secret: string
  readonly accountId: string
  readonly userName?: string
  readonly status: 'Active' | 'Inactive'
  readonly createdAt: Instant
  readonly lastUsed?: { readonly at: Instant; readonly region: string; readonly service: string }
}

export interface MfaDevice {
  /** The ARN, `arn:aws:iam::<account>:mfa/<path/name>`. */
  readonly serial: string
  readonly accountId: string
  readonly name: string
  readonly path: string
  /** Base32, as shown to the person once. */
  readonly seed: string
  readonly createdAt: Instant
  readonly userName?: string
  readonly enabledAt?: Instant
  /** The last 30-second step whose code was accepted: that one and all before it are spent. */
  readonly lastStep?: number
  /** How many steps the device's clock is off, learnt when enabling or resyncing. */
  readonly drift?: number
  readonly tags: Tags
}

/** A temporary key and everything that was true when it was issued. */
export interface Session {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly kind: 'session-token' | 'assumed-role' | 'federated-user'
  readonly accountId: string
  /** As GetCallerIdentity shows it. */
  readonly arn: string
  readonly userId: string
  /** `aws:PrincipalArn`: the user, the role with its path, or the federated user. */
  readonly principalArn: string
  /** The name and unique id of the user (session-token, federated-user) or of the role (assumed-role) behind it. */
  readonly issuer: { readonly name: string; readonly id: string; readonly arn: string }
  readonly issuedAt: Instant
  readonly expiresAt: Instant
  /** When MFA was given for this very session; sessions taken from it inherit nothing. */
  readonly mfaAt?: Instant
  /** Inline session policy and the managed ones named, resolved at issue. Absent: no session policy was passed. */
  readonly policies?: readonly PolicyText[]
  /** Session tags as they now stand, inherited ones included. */
  readonly tags: Tags
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity?: string
  /** The access key that asked for it. */
  readonly parentKeyId?: string
  /** `true` when the asking key was itself a role session: what it can be chained to lasts an hour at most. */
  readonly chained?: boolean
  /** It came of a sign-in to the console, and is not under the limits of what GetSessionToken issues. */
  readonly console?: true
  /** More condition keys that come with how it was issued, for example those of an identity provider. */
  readonly context?: Readonly<Record<string, string | readonly string[]>>
}

export interface Bucket {
  readonly name: string
  readonly accountId: string
  readonly region: string
  readonly createdAt: Instant
  readonly policy?: PolicyText
  readonly tags?: Tags
  /** S3's guard against public policies. Absent: it was removed; a new bucket has all of it. */
  readonly publicAccessBlock?: {
    readonly blockPublicAcls: boolean
    readonly ignorePublicAcls: boolean
    readonly blockPublicPolicy: boolean
    readonly restrictPublicBuckets: boolean
  }
  /** Settings that are kept and change nothing: the XML as it is given back, by the parameter that names it. */
  readonly settings?: Readonly<Record<string, string>>
}

/** One call as it was served: the request log, and what CloudTrail tells. `detail` is the CloudTrail record. */
export interface LoggedCall {
  readonly id: string
  readonly at: Instant
  readonly accountId: string
  readonly service: string
  readonly operation: string
  readonly status: number
  readonly errorCode?: string
  readonly accessKeyId?: string
  readonly sourceIp: string
  readonly detail: Readonly<Record<string, unknown>>
  /** The question that a policy said no to, when that is why it was refused. */
  readonly denied?: { readonly question: AccessQuestion; readonly verdict: Verdict }
}

/** The whole state of the pretended AWS: its tables, its clock, its one region's name. */
export interface Cloud {
  readonly region: string
  /** The account made first; where an administrator is printed for. */
  readonly primaryAccount: string
  /**
   * Whether a role's session that was taken with MFA meets MFA conditions later on. Reports from the field say that it
   * does not, so it does not unless told.
   */
  readonly mfaInRoleSessions?: boolean
  readonly now: () => Date
  /** Cryptographically random bytes; tests may pass their own. */
  readonly randomBytes: (length: number) => Uint8Array
  readonly store: Store
  readonly accounts: Table<Account>
  /** Keyed by `keyOf(accountId, name)`, as are groups, roles, instance profiles. */
  readonly users: Table<User>
  readonly groups: Table<Group>
  readonly roles: Table<Role>
  readonly instanceProfiles: Table<InstanceProfile>
  /** Keyed by ARN, as are identity providers. */
  readonly policies: Table<ManagedPolicy>
  readonly samlProviders: Table<SamlProvider>
  readonly oidcProviders: Table<OidcProvider>
  /** Keyed by serial. */
  readonly mfaDevices: Table<MfaDevice>
  /** Keyed by access key id. */
  readonly accessKeys: Table<AccessKey>
  readonly sessions: Table<Session>
  /** Keyed by name: bucket names are global. */
  readonly buckets: Table<Bucket>
  readonly calls: Table<LoggedCall>
}

/** The key of a named thing in an account. */
export const keyOf = (accountId: string, name: string): string => `${accountId}/${name.toLowerCase()}`

export type CloudOptions = Pick<
  Cloud,
  'region' | 'primaryAccount' | 'mfaInRoleSessions' | 'now' | 'randomBytes' | 'store'
>

/** The state over a store; reopening a store that was kept gives what was there. */
export function openCloud(options: CloudOptions): Cloud {
  const { store } = options
  return {
    ...options,
    accounts: store.table('account'),
    users: store.table('user'),
    groups: store.table('group'),
    roles: store.table('role'),
    instanceProfiles: store.table('instance-profile'),
    policies: store.table('policy'),
    samlProviders: store.table('saml-provider'),
    oidcProviders: store.table('oidc-provider'),
    mfaDevices: store.table('mfa-device'),
    accessKeys: store.table('access-key'),
    sessions: store.table('session'),
    buckets: store.table('bucket'),
    calls: store.table('call'),
  }
}
