import { randomUUID } from 'node:crypto'
import type { RequestContext } from '../../policy/index.ts'
import type { Call, Permission } from '../service.ts'
import { noSuchChangeSet, noSuchStack } from './faults.ts'
import { type ChangeSet, cloudFormationState, type Stack } from './state.ts'

type Place = Pick<Stack, 'accountId' | 'region'>

export const placeOf = (call: Call): Place => ({ accountId: call.caller.accountId, region: call.region })

export const newArn = (call: Call, kind: 'stack' | 'changeSet', name: string): string =>
  `${arnOf(call, kind, name)}/${randomUUID()}`

const arnOf = (call: Call, kind: string, name: string): string =>
  `arn:aws:cloudformation:${call.region}:${call.caller.accountId}:${kind}/${name}`

/** How long a stack that was deleted is still found by its id. */
const remembered = 90 * 24 * 3600 * 1000

const isIn = (call: Call, { accountId, region }: Place): boolean =>
  accountId === call.caller.accountId && region === call.region

/** The stacks of the caller's account and region, deleted ones of the last 90 days among them; the youngest first. */
export function ownStacks(call: Call): readonly Stack[] {
  const known = [...cloudFormationState(call.cloud).stacks.values()].filter(
    (stack) =>
      isIn(call, stack) &&
      (stack.deletedAt === undefined || call.at.getTime() - new Date(stack.deletedAt).getTime() < remembered),
  )
  return known.sort((a, b) => b.createdAt.localeCompare(a.createdAt))
}

/** By name the stack that is there; by id also one that was deleted. */
export function findStack(call: Call, nameOrId: string): Stack | undefined {
  if (nameOrId.startsWith('arn:')) return ownStacks(call).find(({ id }) => id === nameOrId)
  return ownStacks(call).find(({ name, status }) => name === nameOrId && status !== 'DELETE_COMPLETE')
}

export function getStack(call: Call, nameOrId: string): Stack {
  const stack = findStack(call, nameOrId)
  if (stack) return stack
  throw noSuchStack(nameOrId)
}

/** A change set by its id, or by its name and its stack. */
export function findChangeSet(call: Call, nameOrId: string, stack: string | undefined): ChangeSet | undefined {
  const { changeSets } = cloudFormationState(call.cloud)
  if (nameOrId.startsWith('arn:')) {
    const found = changeSets.get(nameOrId)
    return found && isIn(call, found) ? found : undefined
  }
  const stackId = stack === undefined ? undefined : findStack(call, stack)?.id
  return [...changeSets.values()].find((one) => one.name === nameOrId && one.stackId === stackId)
}

export function getChangeSet(call: Call, nameOrId: string, stack: string | undefined): ChangeSet {
  const found = findChangeSet(call, nameOrId, stack)
  if (found) return found
  throw noSuchChangeSet(nameOrId)
}

/** Leave to do something with a stack, whether it is there or not. */
export function onStack(call: Call, action: string, nameOrId: string, context?: RequestContext): Permission {
  const found = findStack(call, nameOrId)
  const resource = found?.id ?? (nameOrId.startsWith('arn:') ? nameOrId : `${arnOf(call, 'stack', nameOrId)}/*`)
  return {
    action: `cloudformation:${action}`,
    resource,
    ...(found && { resourceTags: found.tags }),
    ...(context && { context }),
  }
}

/** Leave to do something that is not about one stack. */
export const onAny = (action: string): Permission => ({ action: `cloudformation:${action}`, resource: '*' })
