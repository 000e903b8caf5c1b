import { randomUUID } from 'node:crypto'
import type { Cloud, Instant } from '../cloud.ts'
import type { InnerCaller } from '../service.ts'
import { textWithoutSecrets, withoutSecrets } from './secrets.ts'
import { operationBegun } from './stack-operation.ts'
import { cloudFormationState, type Stack, type StackEvent, type StackResource } from './state.ts'
import type { BoundParameters } from './template/index.ts'

/** One operation on a stack, under way. */
export interface Run {
  readonly cloud: Cloud
  readonly stackId: string
  /** In whose name resources are made. */
  readonly inner: InnerCaller
  /** What the stack was and is to be made with: resources of both are told of until the operation ends. */
  readonly otherParameters: readonly BoundParameters[]
}

export const userInitiated = 'User Initiated'

/** The stack as it now is. */
export function stackOf({ cloud, stackId }: Pick<Run, 'cloud' | 'stackId'>): Stack {
  const stack = cloudFormationState(cloud).stacks.get(stackId)
  if (stack === undefined) throw new TypeError('a stack under way is there')
  return stack
}

export function putStack({ cloud }: Pick<Run, 'cloud'>, stack: Stack): Stack {
  cloudFormationState(cloud).stacks.put(stack.id, stack)
  return stack
}

/** Moves the stack on, and tells of it. */
export function tellStack(run: Pick<Run, 'cloud' | 'stackId'>, status: string, reason?: string): void {
  const { statusReason: _, ...stack } = stackOf(run)
  const over = status === 'DELETE_COMPLETE' ? { deletedAt: run.cloud.now().toISOString() } : {}
  const operation = operationBegun(stack.status, status) ?? stack.operation
  putStack(run, {
    ...stack,
    ...over,
    status,
    ...(operation && { operation }),
    ...(reason !== undefined && { statusReason: reason }),
  })
  tell(run, {
    logicalId: stack.name,
    physicalId: stack.id,
    type: 'AWS::CloudFormation::Stack',
    status,
    ...(reason !== undefined && { reason }),
  })
}

/** Keeps a resource as it now is, in its place among the others, and tells of it. */
export function tellResource(
  run: Run,
  resource: Omit<StackResource, 'status' | 'reason' | 'changedAt'>,
  status: string,
  reason?: string,
): StackResource {
  const told = asTold(run, resource, status, reason)
  const stack = stackOf(run)
  const known = stack.resources.some(({ logicalId }) => logicalId === told.logicalId)
  const resources = known
    ? stack.resources.map((one) => (one.logicalId === told.logicalId ? told : one))
    : [...stack.resources, told]
  putStack(run, { ...stack, resources })
  return told
}

/** Tells of a resource that the stack no longer refers to. */
export function asTold(
  run: Run,
  { reason: _, ...resource }: Omit<StackResource, 'status' | 'changedAt'>,
  status: string,
  reason?: string,
): StackResource {
  const holder = { ...stackOf(run), otherParameters: run.otherParameters }
  const told = {
    ...resource,
    status,
    changedAt: run.cloud.now().toISOString(),
    ...(reason !== undefined && { reason: textWithoutSecrets(reason, holder) }),
  }
  tell(run, {
    logicalId: told.logicalId,
    physicalId: told.physicalId ?? '',
    type: told.type,
    status,
    ...(told.reason !== undefined && { reason: told.reason }),
    properties: JSON.stringify(withoutSecrets(told.properties, holder)),
  })
  return told
}

function tell(
  run: Pick<Run, 'cloud' | 'stackId'>,
  event: Omit<StackEvent, 'id' | 'stackId' | 'stackName' | 'at' | 'token' | 'operation'>,
): void {
  const stack = stackOf(run)
  const at = timeAfter(stack.toldAt, run.cloud.now())
  const id = randomUUID()
  cloudFormationState(run.cloud).events.put(id, {
    ...event,
    id,
    stackId: stack.id,
    stackName: stack.name,
    at,
    ...(stack.token !== undefined && { token: stack.token }),
    ...(stack.operation && { operation: stack.operation }),
  })
  putStack(run, { ...stack, toldAt: at })
}

/** Tools put events in order by their times: no two of a stack have the same. */
function timeAfter(last: Instant | undefined, now: Date): Instant {
  const earliest = last === undefined ? 0 : new Date(last).getTime() + 1
  return new Date(Math.max(earliest, now.getTime())).toISOString()
}
