import type { Output } from '../service.ts'
import type { ChangeSet, ResourceChange, Stack, StackEvent, StackResource } from './state.ts'
import { shownParameters } from './template/index.ts'

const unchecked = { StackDriftStatus: 'NOT_CHECKED' }
const resourceUnchecked = { StackResourceDriftStatus: 'NOT_CHECKED' }
const listOf = <T>(items: readonly T[]): readonly T[] | undefined => (items.length > 0 ? items : undefined)
const at = (instant: string | undefined): Date | undefined => (instant === undefined ? undefined : new Date(instant))

const tagViews = (tags: Readonly<Record<string, string>>): Output[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** What is answered when something with a stack has begun. */
export const begunView = ({ id, operation }: Stack): Output => ({ StackId: id, OperationId: operation?.id })

const lastOperations = ({ operation }: Stack): readonly Output[] | undefined =>
  operation && [{ OperationType: operation.type, OperationId: operation.id }]

/** A stack as DescribeStacks has it. */
export const stackView = (stack: Stack): Output => ({
  StackId: stack.id,
  StackName: stack.name,
  ChangeSetId: stack.changeSetId,
  Description: stack.description,
  Parameters: listOf(shownParameters(stack.parameters)),
  CreationTime: at(stack.createdAt),
  DeletionTime: at(stack.deletedAt),
  LastUpdatedTime: at(stack.updatedAt),
  RollbackConfiguration: {},
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DisableRollback: stack.disableRollback,
  NotificationARNs: stack.notificationArns,
  TimeoutInMinutes: stack.timeoutMinutes,
  Capabilities: listOf(stack.capabilities),
  Outputs: listOf(
    stack.outputs.map(({ key, value, description, exportName }) => ({
      OutputKey: key,
      OutputValue: value,
      Description: description,
      ExportName: exportName,
    })),
  ),
  RoleARN: stack.roleArn,
  Tags: tagViews(stack.tags),
  EnableTerminationProtection: stack.terminationProtection,
  DriftInformation: unchecked,
  LastOperations: lastOperations(stack),
})

/** A stack as ListStacks has it. */
export const stackSummary = (stack: Stack): Output => ({
  StackId: stack.id,
  StackName: stack.name,
  TemplateDescription: stack.description,
  CreationTime: at(stack.createdAt),
  LastUpdatedTime: at(stack.updatedAt),
  DeletionTime: at(stack.deletedAt),
  StackStatus: stack.status,
  StackStatusReason: stack.statusReason,
  DriftInformation: unchecked,
  LastOperations: lastOperations(stack),
})

export const eventView = (event: StackEvent): Output => ({
  StackId: event.stackId,
  EventId: event.id,
  StackName: event.stackName,
  LogicalResourceId: event.logicalId,
  PhysicalResourceId: event.physicalId,
  ResourceType: event.type,
  Timestamp: event.at,
  ResourceStatus: event.status,
  ResourceStatusReason: event.reason,
  ResourceProperties: event.properties,
  ClientRequestToken: event.token,
  OperationId: event.operation?.id,
})

const resourceMembers = (resource: StackResource): Output => ({
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId,
  ResourceType: resource.type,
  ResourceStatus: resource.status,
  ResourceStatusReason: resource.reason,
  DriftInformation: resourceUnchecked,
})

/** A resource as DescribeStackResources has it. */
export const resourceView = (stack: Stack, resource: StackResource): Output => ({
  StackName: stack.name,
  StackId: stack.id,
  ...resourceMembers(resource),
  Timestamp: at(resource.changedAt),
})

/** A resource as DescribeStackResource has it. */
export const resourceDetail = (stack: Stack, resource: StackResource): Output => ({
  StackName: stack.name,
  StackId: stack.id,
  ...resourceMembers(resource),
  LastUpdatedTimestamp: at(resource.changedAt),
  Metadata: resource.metadata === undefined ? undefined : JSON.stringify(resource.metadata),
})

/** A resource as ListStackResources has it. */
export const resourceSummary = (resource: StackResource): Output => ({
  ...resourceMembers(resource),
  LastUpdatedTimestamp: at(resource.changedAt),
})

/** A change set as ListChangeSets has it. */
export const changeSetSummary = (set: ChangeSet): Output => ({
  StackId: set.stackId,
  StackName: set.stackName,
  ChangeSetId: set.id,
  ChangeSetName: set.name,
  ExecutionStatus: set.executionStatus,
  Status: set.status,
  StatusReason: set.statusReason,
  CreationTime: at(set.createdAt),
  Description: set.description,
  IncludeNestedStacks: set.includeNestedStacks,
})

/** A change set as DescribeChangeSet has it, without its changes. */
export const changeSetView = (set: ChangeSet): Output => ({
  ...changeSetSummary(set),
  Parameters: listOf(shownParameters(set.parameters)),
  NotificationARNs: set.notificationArns,
  RollbackConfiguration: {},
  Capabilities: listOf(set.capabilities),
  Tags: listOf(tagViews(set.tags)),
  OnStackFailure: set.onFailure,
})

/** One change; `withValues` adds what the properties are and would be. */
export const changeView = (change: ResourceChange, withValues: boolean): Output => ({
  Type: 'Resource',
  ResourceChange: {
    PolicyAction: change.policyAction,
    Action: change.action,
    LogicalResourceId: change.logicalId,
    PhysicalResourceId: change.physicalId,
    ResourceType: change.type,
    Replacement: change.replacement,
    Scope: [...new Set(change.details.map(({ attribute }) => attribute))],
    Details: change.details.map((detail) => ({
      Target: {
        Attribute: detail.attribute,
        Name: detail.name,
        RequiresRecreation: detail.recreation,
        ...(withValues && {
          Path: detail.name === undefined ? `/${detail.attribute}` : `/${detail.attribute}/${detail.name}`,
          BeforeValue: detail.before,
          AfterValue: detail.after,
          AttributeChangeType: detail.before === undefined ? 'Add' : detail.after === undefined ? 'Remove' : 'Modify',
        }),
      },
      Evaluation: detail.evaluation,
      ChangeSource: detail.source,
      CausingEntity: detail.cause,
    })),
    ...(withValues && { BeforeContext: change.before, AfterContext: change.after }),
  },
})
