import { validationError } from '../fault.ts'
import { type Call, type Output, operation } from '../service.ts'
import { flag, structure, text } from '../shape.ts'
import { findChangeSet, findStack, getChangeSet, onAny, onStack, ownStacks } from './find.ts'
import * as members from './members.ts'
import { page } from './page.ts'
import { type ChangeSet, cloudFormationState, type Stack, type StackEvent } from './state.ts'
import { eventView } from './views.ts'

interface Asked {
  readonly StackName?: string
  readonly ChangeSetName?: string
  readonly OperationId?: string
}

/** What happened to a stack, by what was done with it: a change set, or one operation, or all. */
export const describeEvents = operation({
  input: {
    StackName: members.stackNameOrId,
    ChangeSetName: members.changeSetNameOrId,
    OperationId: text({ min: 1, max: 36, pattern: '[-a-zA-Z0-9]+' }),
    Filters: structure({ FailedEvents: flag() }),
    NextToken: members.nextToken,
  },
  needs: (input, call) => {
    const { stack, set } = subjectOf(call, input)
    const nameOrId = stack?.id ?? set?.stackId ?? input.StackName
    return nameOrId === undefined ? onAny('DescribeEvents') : onStack(call, 'DescribeEvents', nameOrId)
  },
  perform: (input, call) => {
    const { ChangeSetName: setName, StackName: stackName, OperationId: operationId } = input
    if (setName === undefined && stackName === undefined && operationId === undefined)
      throw validationError('One of ChangeSetName, OperationId or StackName must be specified.')
    if (setName !== undefined && stackName === undefined && !setName.startsWith('arn:'))
      throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.')
    const events = eventsOf(call, input)
      .filter(({ OperationId }) => operationId === undefined || OperationId === operationId)
      .filter(({ EventType }) => !input.Filters?.FailedEvents || EventType === 'PROVISIONING_ERROR')
    return page('OperationEvents', events, (event) => event, input.NextToken)
  },
})

function subjectOf(call: Call, { StackName: stackName, ChangeSetName: setName, OperationId: operationId }: Asked) {
  const { changeSets, events } = cloudFormationState(call.cloud)
  if (setName !== undefined) return { set: findChangeSet(call, setName, stackName) }
  if (stackName !== undefined) return { stack: findStack(call, stackName) }
  const { stackId } =
    [...events.values(), ...changeSets.values()].find((one) => one.operation?.id === operationId) ?? {}
  return { stack: ownStacks(call).find(({ id }) => id === stackId) }
}

/** The youngest first. */
function eventsOf(call: Call, asked: Asked): readonly Output[] {
  const { changeSets, events } = cloudFormationState(call.cloud)
  if (asked.ChangeSetName !== undefined) return [ofChangeSet(getChangeSet(call, asked.ChangeSetName, asked.StackName))]
  const { stack } = subjectOf(call, asked)
  if (stack === undefined) throw validationError(`Stack [${asked.StackName ?? asked.OperationId}] does not exist`)
  const isOfStack = ({ stackId }: StackEvent | ChangeSet): boolean => stackId === stack.id
  const told = [...events.values()].filter((event) => isOfStack(event) && event.status !== 'REVIEW_IN_PROGRESS')
  const made = [...changeSets.values()].filter(isOfStack).map(ofChangeSet)
  return [...told.map((event) => ofEvent(event, stack)), ...made].sort((a, b) =>
    String(b.Timestamp).localeCompare(String(a.Timestamp)),
  )
}

function ofEvent(event: StackEvent, stack: Pick<Stack, 'id'>): Output {
  const { StackName: _, ResourceStatus: status, ...members } = eventView(event)
  const shared = { ...members, OperationType: event.operation?.type }
  if (event.physicalId === stack.id)
    return { ...shared, EventType: 'STACK_EVENT', OperationStatus: statusOf(event.status) }
  const EventType = event.status.endsWith('_FAILED') ? 'PROVISIONING_ERROR' : 'PROGRESS_EVENT'
  return { ...shared, EventType, ResourceStatus: status }
}

const statusOf = (status: string): string =>
  status.endsWith('_IN_PROGRESS') ? 'IN_PROGRESS' : status.endsWith('FAILED') ? 'FAILED' : 'SUCCEEDED'

const ofChangeSet = ({ operation: { id, type }, ...set }: ChangeSet): Output => ({
  EventId: id,
  StackId: set.stackId,
  OperationId: id,
  OperationType: type,
  OperationStatus: statusOf(set.status),
  EventType: 'STACK_EVENT',
  LogicalResourceId: set.stackName,
  PhysicalResourceId: set.stackId,
  ResourceType: 'AWS::CloudFormation::Stack',
  Timestamp: set.createdAt,
  StartTime: set.createdAt,
  EndTime: set.createdAt,
})
