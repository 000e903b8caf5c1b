import { validationError } from '../fault.ts'
import { type Call, operation } from '../service.ts'
import { flag, required } from '../shape.ts'
import { createChangeSet } from './create-change-set.ts'
import { invalidChangeSetStatus } from './faults.ts'
import { findChangeSet, getChangeSet, getStack, onStack } from './find.ts'
import * as members from './members.ts'
import { page } from './page.ts'
import { cloudFormationState } from './state.ts'
import { changeSetSummary, changeSetView, changeView } from './views.ts'

const target = { ChangeSetName: required(members.changeSetNameOrId), StackName: members.stackNameOrId }

/** Leave for a change set is leave on its stack. */
const onSet =
  (action: string) => (input: { readonly ChangeSetName: string; readonly StackName?: string }, call: Call) => {
    const stack = findChangeSet(call, input.ChangeSetName, input.StackName)?.stackId ?? input.StackName
    const context = { 'cloudformation:ChangeSetName': input.ChangeSetName }
    return onStack(call, action, stack ?? '*', context)
  }

function checkNamed(input: { readonly ChangeSetName: string; readonly StackName?: string }): void {
  if (input.StackName === undefined && !input.ChangeSetName.startsWith('arn:'))
    throw validationError('StackName must be specified if ChangeSetName is not specified as an ARN.')
}

const describeChangeSet = operation({
  input: { ...target, NextToken: members.nextToken, IncludePropertyValues: flag() },
  needs: onSet('DescribeChangeSet'),
  perform: (input, call) => {
    checkNamed(input)
    const set = getChangeSet(call, input.ChangeSetName, input.StackName)
    const withValues = input.IncludePropertyValues ?? false
    return {
      ...changeSetView(set),
      ...page('Changes', set.changes, (change) => changeView(change, withValues), input.NextToken),
    }
  },
})

const listChangeSets = operation({
  input: { StackName: required(members.stackNameOrId), NextToken: members.nextToken },
  needs: (input, call) => onStack(call, 'ListChangeSets', input.StackName),
  perform: (input, call) => {
    const { id } = getStack(call, input.StackName)
    const sets = [...cloudFormationState(call.cloud).changeSets.values()].filter(({ stackId }) => stackId === id)
    return page('Summaries', sets, changeSetSummary, input.NextToken)
  },
})

const deleteChangeSet = operation({
  input: target,
  emptyResult: true,
  needs: onSet('DeleteChangeSet'),
  perform: (input, call) => {
    checkNamed(input)
    if (input.StackName !== undefined) getStack(call, input.StackName)
    const set = findChangeSet(call, input.ChangeSetName, input.StackName)
    // Deleting what is not there is done.
    if (set === undefined) return {}
    if (set.executionStatus === 'EXECUTE_IN_PROGRESS')
      throw invalidChangeSetStatus(set.id, set.executionStatus, 'deleted')
    cloudFormationState(call.cloud).changeSets.delete(set.id)
    return {}
  },
})

export const changeSets = {
  CreateChangeSet: createChangeSet,
  DescribeChangeSet: describeChangeSet,
  ListChangeSets: listChangeSets,
  DeleteChangeSet: deleteChangeSet,
}
