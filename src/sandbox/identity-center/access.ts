import type { Cloud } from '../cloud.ts'
import type { PermissionSet, Person } from './state.ts'
import { stateOf } from './state.ts'

/** A permission set a person may use in an account. */
export interface Access {
  readonly accountId: string
  readonly set: PermissionSet
}

/** What a person may use, by assignments to them or to a group of theirs; each account and set once, in order. */
export function accessOf(cloud: Cloud, person: Person): readonly Access[] {
  const { assignments, memberships, permissionSets } = stateOf(cloud)
  const groups = new Set<string>()
  for (const { groupId, userId } of memberships.values()) if (userId === person.id) groups.add(groupId)
  const found = new Map<string, Access>()
  for (const { accountId, permissionSetArn, principalType, principalId } of assignments.values()) {
    const set = permissionSets.get(permissionSetArn)
    const isTheirs = principalType === 'USER' ? principalId === person.id : groups.has(principalId)
    if (isTheirs && set) found.set(`${accountId} ${set.name}`, { accountId, set })
  }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, access]) => access)
}

/** The accounts among them, each once. */
export const accountsIn = (access: readonly Access[]): readonly string[] => [
  ...new Set(access.map(({ accountId }) => accountId)),
]

/** The person of that user name, whatever its case. */
export function personNamed(cloud: Cloud, userName: string): Person | undefined {
  const wanted = userName.toLowerCase()
  for (const person of stateOf(cloud).people.values()) if (person.userName.toLowerCase() === wanted) return person
  return undefined
}

/** How an account is called in the portal: its alias, else what the sandbox calls it. */
export function accountName(cloud: Cloud, id: string): string {
  const alias = cloud.accounts.get(id)?.alias
  return alias ?? (id === cloud.primaryAccount ? 'Primary' : `Account ${id.slice(-4)}`)
}
