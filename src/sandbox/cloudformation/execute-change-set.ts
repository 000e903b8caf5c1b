import { validationError } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { flag, required } from '../shape.ts'
import { actingFor } from './acting.ts'
import { redesign } from './design.ts'
import { begin, create, update } from './execute.ts'
import { invalidChangeSetStatus, wrongState } from './faults.ts'
import { findChangeSet, getChangeSet, getStack, onStack } from './find.ts'
import * as members from './members.ts'
import { putStack, tellStack, userInitiated } from './run.ts'
import { protection } from './stack-policy.ts'
import { type ChangeSet, cloudFormationState } from './state.ts'
import { startUpdate, updatable, withDesign } from './transitions.ts'

/** Does what a change set says; the stack's other change sets are of no use any more, and go. */
export const executeChangeSet = operation({
  input: {
    ChangeSetName: required(members.changeSetNameOrId),
    StackName: members.stackNameOrId,
    ClientRequestToken: members.token,
    DisableRollback: flag(),
    RetainExceptOnCreate: flag(),
  },
  emptyResult: true,
  needs: (input, call) => {
    const set = findChangeSet(call, input.ChangeSetName, input.StackName)
    const context = { 'cloudformation:ChangeSetName': input.ChangeSetName }
    return onStack(call, 'ExecuteChangeSet', set?.stackId ?? input.StackName ?? '*', context)
  },
  perform: async (input, call) => {
    if (input.StackName === undefined && !input.ChangeSetName.startsWith('arn:'))
      throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.')
    const set = getChangeSet(call, input.ChangeSetName, input.StackName)
    const { ClientRequestToken: token } = input
    if (set.executionStatus !== 'AVAILABLE') {
      if (token !== undefined && getStack(call, set.stackId).token === token) return {}
      throw invalidChangeSetStatus(set.id, set.status === 'FAILED' ? set.status : set.executionStatus, 'executed')
    }
    const stack = getStack(call, set.stackId)
    const isNew = set.type === 'CREATE'
    if (isNew ? stack.status !== 'REVIEW_IN_PROGRESS' : !updatable(stack))
      throw wrongState(stack.id, stack.status, isNew ? 'created' : 'updated')
    const roleArn = set.roleArn ?? stack.roleArn
    const inner = actingFor(call, roleArn)
    const design = redesign(call, { ...stack, notificationArns: set.notificationArns }, set)
    keepOnly(call, set)
    const disableRollback = input.DisableRollback ?? set.onFailure === 'DO_NOTHING'
    const more = {
      disableRollback,
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
      changeSetId: set.id,
      ...(roleArn !== undefined && { roleArn }),
      ...(token !== undefined && { token }),
      ...(isNew && set.onFailure !== undefined && { onFailure: set.onFailure }),
    }
    const done = (well: boolean) => mark(call, set, well ? 'EXECUTE_COMPLETE' : 'EXECUTE_FAILED')
    if (isNew) {
      const begun = putStack(call, { ...stack, ...more, ...withDesign(design), updatedAt: call.at.toISOString() })
      tellStack({ cloud: call.cloud, stackId: stack.id }, 'CREATE_IN_PROGRESS', userInitiated)
      await begin(call, begun, inner, create(design), done)
    } else await begin(call, startUpdate(call, stack, design, more), inner, update(design, protection(stack)), done)
    return {}
  },
})

function mark(call: Call, set: ChangeSet, executionStatus: ChangeSet['executionStatus']): void {
  const { changeSets } = cloudFormationState(call.cloud)
  // It goes with its stack, which may have gone by now.
  if (changeSets.get(set.id)) changeSets.put(set.id, { ...set, executionStatus })
}

function keepOnly(call: Call, set: ChangeSet): void {
  const { changeSets } = cloudFormationState(call.cloud)
  for (const other of [...changeSets.values()])
    if (other.stackId === set.stackId && other.id !== set.id) changeSets.delete(other.id)
  mark(call, set, 'EXECUTE_IN_PROGRESS')
}
