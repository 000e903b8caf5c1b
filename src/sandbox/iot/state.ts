import type { Cloud, Instant, PolicyText } from '../cloud.ts'
import type { Table } from '../store.ts'

interface Resource {
  readonly arn: string
  readonly accountId: string
  readonly region: string
  readonly createdAt: Instant
}

/** A device as the registry knows it. */
export interface Thing extends Resource {
  readonly name: string
  readonly id: string
  readonly typeName?: string
  readonly attributes: Readonly<Record<string, string>>
  readonly version: number
  /** ARNs of the certificates it may come with. */
  readonly principals: readonly string[]
}

export interface ThingType extends Resource {
  readonly name: string
  readonly id: string
  readonly description?: string
  readonly deprecatedAt?: Instant
}

export type CertificateStatus = 'ACTIVE' | 'INACTIVE' | 'REVOKED'

/** A certificate that was issued or registered. Its id is the SHA-256 of its DER, in hex. */
export interface DeviceCertificate extends Resource {
  readonly id: string
  readonly pem: string
  readonly status: CertificateStatus
  readonly updatedAt: Instant
  /** Names of the IoT policies on it. */
  readonly policies: readonly string[]
}

export interface IotPolicyVersion {
  /** `1`, `2` and so on; none is given again. */
  readonly id: string
  readonly document: PolicyText
  readonly createdAt: Instant
}

export interface IotPolicy extends Resource {
  readonly name: string
  /** That of the default version: the one that counts. */
  readonly document: PolicyText
  readonly defaultVersionId: string
  /** Oldest first. */
  readonly versions: readonly IotPolicyVersion[]
  /** The number of the next one. */
  readonly nextVersion: number
  readonly updatedAt: Instant
}

/** A name under which devices ask for a role. */
export interface RoleAlias extends Resource {
  readonly name: string
  readonly roleArn: string
  /** Seconds, 900 to 43200. */
  readonly duration: number
  readonly updatedAt: Instant
}

/** The host under which the devices of an account and region ask for credentials; keyed by it. */
export interface CredentialsHost {
  readonly host: string
  readonly prefix: string
  readonly accountId: string
  readonly region: string
}

/** The tables of IoT, keyed by ARN where nothing else is said. */
export const iotTables = ({ store }: Pick<Cloud, 'store'>) => ({
  things: store.table('iot-thing') as Table<Thing>,
  thingTypes: store.table('iot-thing-type') as Table<ThingType>,
  certificates: store.table('iot-certificate') as Table<DeviceCertificate>,
  policies: store.table('iot-policy') as Table<IotPolicy>,
  roleAliases: store.table('iot-role-alias') as Table<RoleAlias>,
  hosts: store.table('iot-credentials-host') as Table<CredentialsHost>,
  listener: store.table('iot-listener') as Table<{ readonly port: number }>,
})

/** The host of an account and region, made when it is first asked for; names under `localhost` are this machine. */
export function credentialsHost(cloud: Cloud, accountId: string, region: string): CredentialsHost {
  const { hosts } = iotTables(cloud)
  for (const known of hosts.values()) if (known.accountId === accountId && known.region === region) return known
  const prefix = `c${Buffer.from(cloud.randomBytes(7)).toString('hex').slice(0, 13)}`
  const host = `${prefix}.credentials.iot.${region}.localhost`
  const made = { host, prefix, accountId, region }
  hosts.put(host, made)
  return made
}

/** The host with the port of the listener that is at work now. */
export function credentialsEndpoint(cloud: Cloud, accountId: string, region: string): string {
  return `${credentialsHost(cloud, accountId, region).host}:${iotTables(cloud).listener.get('port')?.port ?? 443}`
}
