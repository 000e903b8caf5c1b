import type { Cloud, Instant, PolicyText, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'

/** What every resource of Roles Anywhere has. */
interface Resource {
  readonly id: string
  readonly arn: string
  readonly accountId: string
  readonly region: string
  readonly createdAt: Instant
  readonly updatedAt: Instant
  readonly enabled: boolean
  readonly tags: Tags
}

/** When somebody wants to be told of what. */
export interface NotificationSetting {
  readonly event: string
  readonly enabled: boolean
  readonly threshold: number
  readonly channel: string
  readonly configuredBy?: string
}

/** Whom an account trusts to say who its machines are. */
export interface TrustAnchor extends Resource {
  readonly name: string
  readonly sourceType: 'CERTIFICATE_BUNDLE'
  /** Certificates in PEM, each of which is trusted by itself. */
  readonly bundle: string
  readonly notifications: readonly NotificationSetting[]
}

export type CertificateField = 'x509Subject' | 'x509Issuer' | 'x509SAN'

/** Which parts of a certificate become session tags: specifiers by field. */
export type AttributeMappings = Readonly<Partial<Record<CertificateField, readonly string[]>>>

/** Which roles certificates may take, and how far. */
export interface Profile extends Resource {
  readonly name: string
  readonly createdBy: string
  readonly roleArns: readonly string[]
  readonly managedPolicyArns: readonly string[]
  readonly sessionPolicy?: PolicyText
  /** Seconds, 900 to 43200. */
  readonly duration: number
  readonly acceptRoleSessionName: boolean
  readonly requireInstanceProperties: boolean
  readonly mappings: AttributeMappings
}

/** A certificate revocation list that was imported. */
export interface RevocationList extends Resource {
  readonly name: string
  readonly trustAnchorArn: string
  /** DER, in base64. */
  readonly data: string
  /** As it was sent, in base64. */
  readonly sent: string
}

/** A certificate that a subject came with. */
export interface SeenCertificate {
  readonly serialNumber: string
  readonly issuer: string
  readonly enabled: boolean
  readonly x509CertificateData: string
  readonly failed: boolean
  readonly seenAt: Instant
}

/** Somebody who asked for a session, successfully or not, and whose certificate was issued under a trust anchor. */
export interface Subject extends Resource {
  readonly x509Subject: string
  readonly lastSeenAt: Instant
  readonly certificates: readonly SeenCertificate[]
}

/** The tables of Roles Anywhere, keyed by ARN. */
export interface RolesAnywhereState {
  readonly trustAnchors: Table<TrustAnchor>
  readonly profiles: Table<Profile>
  readonly revocationLists: Table<RevocationList>
  readonly subjects: Table<Subject>
}

/** What Roles Anywhere holds of a cloud. */
export const rolesAnywhereState = ({ store }: Pick<Cloud, 'store'>): RolesAnywhereState => ({
  trustAnchors: store.table('roles-anywhere-trust-anchor'),
  profiles: store.table('roles-anywhere-profile'),
  revocationLists: store.table('roles-anywhere-crl'),
  subjects: store.table('roles-anywhere-subject'),
})
