import { createHash } from 'node:crypto'
import type { Cloud, Instant, PolicyText, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'

export interface Person {
  /** A UUID. */
  readonly id: string
  readonly userName: string
  readonly displayName?: string
  readonly name?: Readonly<Record<string, string>>
  readonly emails?: readonly { readonly Value?: string; readonly Type?: string; readonly Primary?: boolean }[]
  readonly createdAt: Instant
}

export interface PeopleGroup {
  readonly id: string
  readonly displayName: string
  readonly description?: string
  readonly createdAt: Instant
}

export interface Membership {
  readonly id: string
  readonly groupId: string
  readonly userId: string
}

export interface PermissionSet {
  readonly arn: string
  readonly name: string
  readonly description?: string
  /** ISO 8601, `PT1H` to `PT12H`. */
  readonly sessionDuration: string
  readonly relayState?: string
  readonly createdAt: Instant
  readonly inline?: PolicyText
  /** ARNs of AWS's managed policies, in the order attached. */
  readonly managed: readonly string[]
  readonly tags: Tags
  /** Counts changes: an account whose role was made from an older one has it until the set is provisioned again. */
  readonly version: number
  /** By account: the version it has, and the name of its role. */
  readonly provisioned: Readonly<Record<string, { readonly version: number; readonly roleName: string }>>
}

export interface Assignment {
  readonly accountId: string
  readonly permissionSetArn: string
  readonly principalType: 'USER' | 'GROUP'
  readonly principalId: string
}

/** What an asynchronous operation of sso-admin answered; here all are done at once. */
export interface AdminRequest {
  readonly id: string
  readonly kind: 'creation' | 'deletion' | 'provisioning'
  readonly status: Readonly<Record<string, string>>
  readonly createdAt: Instant
}

/** A program that registered itself, for ninety days. */
export interface OidcClient {
  readonly id: string
  readonly secret: string
  readonly name: string
  readonly scopes: readonly string[]
  readonly grantTypes: readonly string[]
  readonly redirectUris: readonly string[]
  readonly issuedAt: Instant
  readonly expiresAt: Instant
}

/** What was asked for with a user code, and what became of it. */
export interface DeviceGrant {
  readonly deviceCode: string
  /** `ABCD-EFGH` */
  readonly userCode: string
  readonly clientId: string
  readonly startUrl: string
  readonly expiresAt: Instant
  /** When the client asked last, and the time before. */
  readonly polls: readonly Instant[]
  readonly outcome: 'pending' | 'approved' | 'denied' | 'used'
  readonly personId?: string
  readonly sessionEnds?: Instant
}

/** An authorization code on its way to the client that asked for it. */
export interface CodeGrant {
  readonly code: string
  readonly clientId: string
  /** As in the authorization request, port and all. */
  readonly redirectUri: string
  readonly challenge: string
  readonly personId: string
  readonly sessionEnds: Instant
  readonly expiresAt: Instant
  /** Set when it was used: the login it began, which ends when the code comes again. */
  readonly loginId?: string
}

/** A sign-in of a person through a client: what its tokens stand for. */
export interface Login {
  readonly id: string
  readonly clientId: string
  readonly personId: string
  readonly scopes: readonly string[]
  readonly endsAt: Instant
  /** SHA-256 of the refresh token, where one was given. */
  readonly refreshDigest?: string
}

/** An access token, known by its SHA-256. */
interface AccessToken {
  readonly digest: string
  readonly loginId: string
  readonly expiresAt: Instant
}

/** A browser that signed in, known by the SHA-256 of its cookie. */
interface BrowserSession {
  readonly digest: string
  readonly personId: string
  readonly endsAt: Instant
}

/** What IAM Identity Center keeps. */
export interface IdentityCenterState {
  readonly people: Table<Person>
  readonly groups: Table<PeopleGroup>
  readonly memberships: Table<Membership>
  /** Keyed by ARN. */
  readonly permissionSets: Table<PermissionSet>
  /** Keyed by `assignmentId`. */
  readonly assignments: Table<Assignment>
  readonly requests: Table<AdminRequest>
  readonly clients: Table<OidcClient>
  /** Keyed by device code. */
  readonly deviceGrants: Table<DeviceGrant>
  readonly codeGrants: Table<CodeGrant>
  readonly logins: Table<Login>
  readonly accessTokens: Table<AccessToken>
  readonly browserSessions: Table<BrowserSession>
}

/** The state of the one instance, over the cloud's store. */
export const stateOf = ({ store }: Cloud): IdentityCenterState => ({
  people: store.table('identity-center/person'),
  groups: store.table('identity-center/group'),
  memberships: store.table('identity-center/membership'),
  permissionSets: store.table('identity-center/permission-set'),
  assignments: store.table('identity-center/assignment'),
  requests: store.table('identity-center/request'),
  clients: store.table('identity-center/client'),
  deviceGrants: store.table('identity-center/device-grant'),
  codeGrants: store.table('identity-center/code-grant'),
  logins: store.table('identity-center/login'),
  accessTokens: store.table('identity-center/access-token'),
  browserSessions: store.table('identity-center/browser-session'),
})

export const assignmentId = ({ accountId, permissionSetArn, principalType, principalId }: Assignment): string =>
  `${accountId} ${permissionSetArn} ${principalType} ${principalId}`

/** The instance: there is one, which belongs to the primary account and serves all accounts of the sandbox. */
export interface Instance {
  readonly id: string
  readonly arn: string
  readonly identityStoreId: string
}

export function instanceOf({ primaryAccount }: Cloud): Instance {
  const digest = createHash('sha256').update(`identity center of ${primaryAccount}`).digest('hex')
  const id = `ssoins-${digest.slice(0, 16)}`
  return { id, arn: `arn:aws:sso:::instance/${id}`, identityStoreId: `d-${digest.slice(16, 26)}` }
}

/**
 * Whether a start URL is that of the instance: `…/start` at the sandbox's own address, or the address AWS would have
 * given it, which newer AWS CLIs insist on. A trailing slash or `#/` makes no difference.
 */
export function isStartUrl(cloud: Cloud, endpoint: string, url: string): boolean {
  const bare = url.replace(/#\/?$/, '').replace(/\/+$/, '')
  const { port } = new URL(endpoint)
  return [
    `http://127.0.0.1:${port}/start`,
    `http://localhost:${port}/start`,
    `https://${instanceOf(cloud).identityStoreId}.awsapps.com/start`,
  ].includes(bare)
}

/** A random UUID of version 4 from the cloud's own randomness. */
export function newUuid({ randomBytes }: Cloud): string {
  const hex = Buffer.from(randomBytes(16)).toString('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** A secret of 256 bits, in base64url. */
export const newSecret = ({ randomBytes }: Cloud): string => Buffer.from(randomBytes(32)).toString('base64url')

export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** An instant so many seconds after another. */
export const after = (at: Date, seconds: number): Instant => new Date(at.getTime() + seconds * 1000).toISOString()

/** Whether an instant has come. */
export const isOver = (instant: Instant, now: Date): boolean => new Date(instant) <= now
