import type { Call } from '../service.ts'
import { under } from './views.ts'

/** In which way an entity uses a managed policy. */
export type PolicyUse = 'PermissionsPolicy' | 'PermissionsBoundary'

interface Holder {
  readonly attached: readonly string[]
  readonly boundary?: string
}

/** Whether an entity uses the policy in that way; in any way when none is named. */
export const uses = (entity: Holder, arn: string, use?: PolicyUse): boolean =>
  (use !== 'PermissionsBoundary' && entity.attached.includes(arn)) ||
  (use !== 'PermissionsPolicy' && entity.boundary === arn)

/** How often the account's users, groups and roles use the policy in that way. */
export function countUses(arn: string, use: PolicyUse, call: Call): number {
  const { cloud, caller } = call
  let count = 0
  for (const table of [cloud.users, cloud.groups, cloud.roles])
    for (const entity of under<Holder & { readonly accountId: string; readonly path: string }>(
      table.values(),
      caller.accountId,
    ))
      if (uses(entity, arn, use)) count++
  return count
}
