import { createHash } from 'node:crypto'
import { makeUniqueId } from '../../model/access-key-id.ts'
import { type Cloud, keyOf, type Role } from '../cloud.ts'
import { type PermissionSet, stateOf } from './state.ts'

const twelveHours = 43_200

/** The path of the roles that Identity Center keeps in an account. AWS adds the region where it is not us-east-1. */
const rolePath = ({ region }: Cloud): string =>
  `/aws-reserved/sso.amazonaws.com/${region === 'us-east-1' ? '' : `${region}/`}`

/**
 * Makes an account's role of a permission set what the set now says: `AWSReservedSSO_<set>_<16 hex digits>`. Gives the
 * set as it is kept from then on.
 */
export function provision(cloud: Cloud, set: PermissionSet, accountId: string): PermissionSet {
  const roleName = set.provisioned[accountId]?.roleName ?? `AWSReservedSSO_${set.name}_${suffix(set.arn, accountId)}`
  const before = cloud.roles.get(keyOf(accountId, roleName))
  const role: Role = {
    ...(before ?? made(cloud, accountId, roleName)),
    ...(set.description === undefined ? {} : { description: set.description }),
    inline: set.inline === undefined ? {} : { AwsSSOInlinePolicy: set.inline },
    attached: set.managed,
    maxSessionDuration: twelveHours,
  }
  cloud.roles.put(keyOf(accountId, roleName), role)
  const provisioned = { ...set.provisioned, [accountId]: { version: set.version, roleName } }
  const kept = { ...set, provisioned }
  stateOf(cloud).permissionSets.put(set.arn, kept)
  return kept
}

/** Takes the role out of an account. Sessions taken from it find no policies any more. */
export function withdraw(cloud: Cloud, set: PermissionSet, accountId: string): PermissionSet {
  const { [accountId]: had, ...provisioned } = set.provisioned
  if (had) cloud.roles.delete(keyOf(accountId, had.roleName))
  const kept = { ...set, provisioned }
  stateOf(cloud).permissionSets.put(set.arn, kept)
  return kept
}

function made(cloud: Cloud, accountId: string, name: string): Role {
  const path = rolePath(cloud)
  const random = (): number => Buffer.from(cloud.randomBytes(4)).readUInt32BE() / 2 ** 32
  return {
    accountId,
    name,
    path,
    id: makeUniqueId('AROA', accountId, random),
    arn: `arn:aws:iam::${accountId}:role${path}${name}`,
    createdAt: cloud.now().toISOString(),
    inline: {},
    attached: [],
    trust: trustOf(accountId),
    maxSessionDuration: twelveHours,
    tags: {},
  }
}

/** Only the account's own AWSSSO provider gets in; nobody can sign as that one. */
const trustOf = (accountId: string): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: {
          Federated: `arn:aws:iam::${accountId}:saml-provider/AWSSSO_${suffix('', accountId)}_DO_NOT_DELETE`,
        },
        Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession'],
        Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
      },
    ],
  })

const suffix = (arn: string, accountId: string): string =>
  createHash('sha256').update(`${arn} ${accountId}`).digest('hex').slice(0, 16)

/** The seconds of a permission set's session duration; undefined when it is none AWS takes (one to twelve hours). */
export function sessionSeconds(duration: string): number | undefined {
  const found = /^PT(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,5})S)?$/.exec(duration)
  if (!found || duration === 'PT') return undefined
  const [hours = 0, minutes = 0, seconds = 0] = found.slice(1).map((part) => Number(part ?? 0))
  const all = hours * 3600 + minutes * 60 + seconds
  return all >= 3600 && all <= twelveHours ? all : undefined
}
