import type { Cloud, Instant, Tags } from '../cloud.ts'
import type { Table } from '../store.ts'
import type { Properties, Value } from './resource-type.ts'
import type { BoundParameters } from './template/index.ts'

/** A resource of a stack, as it was last told to be. */
export interface StackResource {
  readonly logicalId: string
  readonly type: string
  /** Absent: it was never made, or is gone. */
  readonly physicalId?: string
  readonly attributes: Readonly<Record<string, Value>>
  readonly properties: Properties
  /** The stack's tags when it was made or last changed. */
  readonly tags: Tags
  readonly metadata?: Value
  readonly status: string
  readonly reason?: string
  readonly changedAt: Instant
  /** What becomes of it when it is to go. */
  readonly deletionPolicy: string
  readonly updateReplacePolicy: string
  /** What it needs to be there; it goes before they do. */
  readonly dependsOn: readonly string[]
}

/** In the order they are made; they go the other way round. */
export type Resources = readonly StackResource[]

export interface StackOutput {
  readonly key: string
  readonly value: string
  readonly description?: string
  readonly exportName?: string
}

/** What a stack is made from: this is what an update replaces, and what a rollback returns to. */
export interface Blueprint {
  /** The template as it was written. */
  readonly template: string
  readonly parameters: BoundParameters
  readonly tags: Tags
  readonly capabilities: readonly string[]
  readonly notificationArns: readonly string[]
}

/** One thing that is done with a stack, from being asked for to its end. */
export interface StackOperation {
  readonly id: string
  readonly type:
    | 'CREATE_CHANGESET'
    | 'CREATE_STACK'
    | 'UPDATE_STACK'
    | 'DELETE_STACK'
    | 'ROLLBACK'
    | 'CONTINUE_ROLLBACK'
}

export interface Stack extends Blueprint {
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly accountId: string
  readonly region: string
  readonly createdAt: Instant
  readonly updatedAt?: Instant
  readonly deletedAt?: Instant
  readonly status: string
  readonly statusReason?: string
  readonly description?: string
  readonly disableRollback: boolean
  readonly onFailure?: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  readonly timeoutMinutes?: number
  /** In whose name everything is done from now on, whoever asks. */
  readonly roleArn?: string
  /** When the operation is rolled back, what it made goes, even what is to be retained. */
  readonly retainExceptOnCreate?: boolean
  readonly terminationProtection: boolean
  readonly policy?: string
  readonly resources: Resources
  readonly outputs: readonly StackOutput[]
  /** Names of other stacks' exports that its template uses. */
  readonly imports: readonly string[]
  /** During an update and until it has succeeded or was rolled back: the way back. */
  readonly before?: Blueprint & {
    readonly resources: Resources
    readonly outputs: readonly StackOutput[]
    readonly imports: readonly string[]
    readonly description?: string
  }
  /** Resources that nothing refers to any more and that are yet to be removed, in that order. */
  readonly leftovers: readonly StackResource[]
  /** What is done with it, or was done last. */
  readonly operation?: StackOperation
  /** When its last event was told. */
  readonly toldAt?: Instant
  /** The token of the last operation, by which its repetition is known. */
  readonly token?: string
  /** The change set that was executed last, or that waits in a stack that is not there yet. */
  readonly changeSetId?: string
  /** CancelUpdateStack was called. */
  readonly cancelled?: true
}

export interface StackEvent {
  readonly id: string
  readonly stackId: string
  readonly stackName: string
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly at: Instant
  readonly status: string
  readonly reason?: string
  /** JSON. */
  readonly properties?: string
  readonly token?: string
  readonly operation?: StackOperation
}

/** What would become of a property. */
export interface ChangeDetail {
  readonly attribute: 'Properties' | 'Metadata' | 'DeletionPolicy' | 'UpdateReplacePolicy' | 'Tags'
  readonly name?: string
  readonly recreation: 'Never' | 'Always'
  readonly evaluation: 'Static' | 'Dynamic'
  readonly source: 'DirectModification' | 'ParameterReference' | 'ResourceReference' | 'ResourceAttribute'
  readonly cause?: string
  readonly before?: string
  readonly after?: string
}

/** What would become of a resource. */
export interface ResourceChange {
  readonly action: 'Add' | 'Modify' | 'Remove'
  readonly logicalId: string
  readonly physicalId?: string
  readonly type: string
  readonly replacement?: 'True' | 'False' | 'Conditional'
  readonly policyAction?: 'Delete' | 'Retain' | 'ReplaceAndDelete' | 'ReplaceAndRetain'
  readonly details: readonly ChangeDetail[]
  /** JSON, with `Properties` in it. */
  readonly before?: string
  readonly after?: string
}

export interface ChangeSet extends Blueprint {
  /** Its ARN. */
  readonly id: string
  readonly name: string
  readonly stackId: string
  readonly stackName: string
  readonly accountId: string
  readonly region: string
  readonly type: 'CREATE' | 'UPDATE'
  readonly description?: string
  readonly createdAt: Instant
  readonly roleArn?: string
  readonly status: 'CREATE_COMPLETE' | 'FAILED'
  readonly statusReason?: string
  readonly executionStatus: 'UNAVAILABLE' | 'AVAILABLE' | 'EXECUTE_IN_PROGRESS' | 'EXECUTE_COMPLETE' | 'EXECUTE_FAILED'
  readonly onFailure?: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  readonly token?: string
  readonly includeNestedStacks: boolean
  /** That of making it. */
  readonly operation: StackOperation
  readonly changes: readonly ResourceChange[]
}

/** The tables of CloudFormation, keyed by ARN; events by their ids, in the order they happened. */
export interface CloudFormationState {
  readonly stacks: Table<Stack>
  readonly changeSets: Table<ChangeSet>
  readonly events: Table<StackEvent>
}

/** What CloudFormation holds of a cloud. */
export const cloudFormationState = ({ store }: Pick<Cloud, 'store'>): CloudFormationState => ({
  stacks: store.table('cloudformation-stack'),
  changeSets: store.table('cloudformation-change-set'),
  events: store.table('cloudformation-event'),
})
