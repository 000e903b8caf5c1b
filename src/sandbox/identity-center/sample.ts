import type { Cloud } from '../cloud.ts'
import { personNamed } from './access.ts'
import { provision } from './provision.ts'
import {
  type Assignment,
  assignmentId,
  instanceOf,
  newUuid,
  type PermissionSet,
  type Person,
  stateOf,
} from './state.ts'

/**
 * People, permission sets and assignments to begin with: `ann` is an administrator everywhere and `bob`, like ann,
 * reads everywhere, through the group `readers`. What is there already stays; so asking twice is fine.
 */
export function makeSample(cloud: Cloud): object {
  const ann = person(cloud, 'ann', 'Ann')
  const bob = person(cloud, 'bob', 'Bob')
  const readers = group(cloud, 'readers', [ann, bob])
  const administrator = set(cloud, 'Administrator', 'AdministratorAccess', 'PT4H')
  const reader = set(cloud, 'Reader', 'ReadOnlyAccess', 'PT1H')
  for (const { id } of cloud.accounts.values()) {
    assign(cloud, { accountId: id, permissionSetArn: administrator, principalType: 'USER', principalId: ann.id })
    assign(cloud, { accountId: id, permissionSetArn: reader, principalType: 'GROUP', principalId: readers })
  }
  const { arn, identityStoreId } = instanceOf(cloud)
  return {
    instanceArn: arn,
    identityStoreId,
    users: ['ann', 'bob'],
    groups: ['readers'],
    permissionSets: ['Administrator', 'Reader'],
    accounts: [...cloud.accounts.values()].map(({ id }) => id),
  }
}

function person(cloud: Cloud, userName: string, displayName: string): Person {
  const known = personNamed(cloud, userName)
  if (known) return known
  const made: Person = {
    id: newUuid(cloud),
    userName,
    displayName,
    name: { GivenName: displayName, FamilyName: 'Example' },
    emails: [{ Value: `${userName}@example.com`, Type: 'work', Primary: true }],
    createdAt: cloud.now().toISOString(),
  }
  stateOf(cloud).people.put(made.id, made)
  return made
}

function group(cloud: Cloud, displayName: string, members: readonly Person[]): string {
  const { groups, memberships } = stateOf(cloud)
  const known = [...groups.values()].find((one) => one.displayName === displayName)
  const id = known?.id ?? newUuid(cloud)
  if (!known) groups.put(id, { id, displayName, createdAt: cloud.now().toISOString() })
  for (const { id: userId } of members) {
    if ([...memberships.values()].some((one) => one.groupId === id && one.userId === userId)) continue
    const membership = { id: newUuid(cloud), groupId: id, userId }
    memberships.put(membership.id, membership)
  }
  return id
}

function set(cloud: Cloud, name: string, policy: string, sessionDuration: string): string {
  const { permissionSets } = stateOf(cloud)
  const known = [...permissionSets.values()].find((one) => one.name === name)
  if (known) return known.arn
  const made: PermissionSet = {
    arn: `arn:aws:sso:::permissionSet/${instanceOf(cloud).id}/ps-${Buffer.from(cloud.randomBytes(8)).toString('hex')}`,
    name,
    sessionDuration,
    createdAt: cloud.now().toISOString(),
    managed: [`arn:aws:iam::aws:policy/${policy}`],
    tags: {},
    version: 1,
    provisioned: {},
  }
  permissionSets.put(made.arn, made)
  return made.arn
}

function assign(cloud: Cloud, assignment: Assignment): void {
  const { assignments, permissionSets } = stateOf(cloud)
  assignments.put(assignmentId(assignment), assignment)
  const kept = permissionSets.get(assignment.permissionSetArn)
  if (kept && !kept.provisioned[assignment.accountId]) provision(cloud, kept, assignment.accountId)
}
