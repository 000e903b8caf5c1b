import { randomUUID } from 'node:crypto'
import { makeUniqueId } from '../../model/access-key-id.ts'
import { type Cloud, keyOf, type Role } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { defaultMappings } from './attribute-mapping.ts'
import { type Profile, rolesAnywhereState, type TrustAnchor } from './state.ts'
import { standardNotifications } from './trust-anchors.ts'

export interface Prepared {
  readonly region: string
  readonly trustAnchorArn: string
  readonly profileArn: string
  readonly roleArn: string
}

interface Wanted {
  readonly roleName: string
  /** What a role that is not there yet is given. */
  readonly policyArn?: string
  readonly acceptRoleSessionName: boolean
}

/**
 * Sees to it that certificates of an authority are good for a role of the primary account: a trust anchor, a profile
 * named as the role, and the role itself. What is there already is left as it is; a role that is there must trust
 * rolesanywhere.amazonaws.com by itself.
 */
export function prepareRolesAnywhere(cloud: Cloud, bundle: string, wanted: Wanted): Prepared {
  const role = cloud.roles.get(keyOf(cloud.primaryAccount, wanted.roleName)) ?? newRole(cloud, wanted)
  const anchor = anchorFor(cloud, bundle)
  const profile = profileFor(cloud, role.arn, wanted)
  return { region: cloud.region, trustAnchorArn: anchor.arn, profileArn: profile.arn, roleArn: role.arn }
}

const statement = {
  Effect: 'Allow',
  Principal: { Service: 'rolesanywhere.amazonaws.com' },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
}

function newRole(cloud: Cloud, { roleName: name, policyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess' }: Wanted): Role {
  if (!cloud.policies.get(policyArn))
    throw new Fault('BadRequest', 400, `There is no policy ${policyArn}.`, {
      hint: 'Name one of AWS, such as arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess.',
    })
  const accountId = cloud.primaryAccount
  const random = (): number => Buffer.from(cloud.randomBytes(4)).readUInt32BE() / 2 ** 32
  const role: Role = {
    ...{ accountId, name, path: '/', inline: {}, attached: [policyArn], tags: {} },
    id: makeUniqueId('AROA', accountId, random),
    arn: `arn:aws:iam::${accountId}:role/${name}`,
    createdAt: cloud.now().toISOString(),
    trust: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    maxSessionDuration: 3600,
  }
  cloud.roles.put(keyOf(accountId, name), role)
  return role
}

function anchorFor(cloud: Cloud, bundle: string): TrustAnchor {
  const { trustAnchors } = rolesAnywhereState(cloud)
  const known = [...trustAnchors.values()].find((one) => one.bundle === bundle && one.enabled)
  if (known) return known
  const anchor: TrustAnchor = {
    ...newResource(cloud, 'trust-anchor'),
    name: 'mayfly-sandbox-authority',
    sourceType: 'CERTIFICATE_BUNDLE',
    bundle,
    notifications: standardNotifications,
  }
  trustAnchors.put(anchor.arn, anchor)
  return anchor
}

function profileFor(cloud: Cloud, roleArn: string, { roleName, acceptRoleSessionName }: Wanted): Profile {
  const { profiles } = rolesAnywhereState(cloud)
  const fits = (one: Profile): boolean =>
    one.enabled &&
    one.name === roleName &&
    one.roleArns.includes(roleArn) &&
    one.acceptRoleSessionName === acceptRoleSessionName
  const known = [...profiles.values()].find(fits)
  if (known) return known
  const profile: Profile = {
    ...newResource(cloud, 'profile'),
    ...{ name: roleName, roleArns: [roleArn], managedPolicyArns: [], duration: 3600, acceptRoleSessionName },
    ...{ requireInstanceProperties: false, mappings: defaultMappings },
    createdBy: `arn:aws:iam::${cloud.primaryAccount}:root`,
  }
  profiles.put(profile.arn, profile)
  return profile
}

function newResource(cloud: Cloud, kind: string) {
  const id = randomUUID()
  const at = cloud.now().toISOString()
  const arn = `arn:aws:rolesanywhere:${cloud.region}:${cloud.primaryAccount}:${kind}/${id}`
  const owner = { accountId: cloud.primaryAccount, region: cloud.region }
  return { id, arn, ...owner, createdAt: at, updatedAt: at, enabled: true, tags: {} }
}
