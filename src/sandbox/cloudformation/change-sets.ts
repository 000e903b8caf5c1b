import { validationError } from '../fault.ts'
import { requestTagContext } from '../iam/tag-context.ts'
import { type Call, operation } from '../service.ts'
import { flag, list, oneOf, required, structure, text } from '../shape.ts'
import { actingFor, intentContext, toPass } from './acting.ts'
import { designOf } from './design.ts'
import { alreadyExists, invalidChangeSetStatus, noSuchStack, wrongState } from './faults.ts'
import { findChangeSet, findStack, getChangeSet, getStack, newArn, onStack, placeOf } from './find.ts'
import * as members from './members.ts'
import { page } from './page.ts'
import { planOf } from './plan.ts'
import { putStack, tellStack, userInitiated } from './run.ts'
import { type ChangeSet, cloudFormationState, type Stack } from './state.ts'
import { templateText } from './template-source.ts'
import { differsElsewhere, updatable } from './transitions.ts'
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

const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set."

const createChangeSet = operation({
  input: {
    StackName: required(members.stackNameOrId),
    ChangeSetName: required(members.changeSetName),
    ChangeSetType: oneOf('CREATE', 'UPDATE', 'IMPORT'),
    ...members.intent,
    UsePreviousTemplate: flag(),
    ClientToken: members.token,
    Description: text({ min: 1, max: 8192 }),
    IncludeNestedStacks: flag(),
    OnStackFailure: members.onFailure,
    ImportExistingResources: flag(),
    ResourcesToImport: list(structure({})),
  },
  needs: (input, call) => [
    onStack(call, 'CreateChangeSet', input.StackName, {
      'cloudformation:ChangeSetName': input.ChangeSetName,
      ...intentContext(input),
      ...requestTagContext(input.Tags),
    }),
    ...toPass(input.RoleARN),
  ],
  perform: async (input, call) => {
    const { ChangeSetType: type = 'UPDATE', ChangeSetName: name, ClientToken: token } = input
    if (type === 'IMPORT') throw validationError('The sandbox imports no resources: ChangeSetType IMPORT is not there.')
    const known = findChangeSet(call, name, input.StackName)
    if (known && token !== undefined && known.token === token) return { Id: known.id, StackId: known.stackId }
    if (known) throw alreadyExists(`ChangeSet ${name} cannot be created: one of that name already exists`)
    const standing = findStack(call, input.StackName)
    checkStanding(standing, type, input.StackName, name)
    const given = await templateText(call, input)
    const text = given ?? (input.UsePreviousTemplate && type === 'UPDATE' ? standing?.template : undefined)
    if (text === undefined) throw validationError('Either Template URL or Template Body must be specified.')
    const roleArn = input.RoleARN ?? standing?.roleArn
    const place = standing ?? { ...placeOf(call), id: newArn(call, 'stack', input.StackName), name: input.StackName }
    const notificationArns = input.NotificationARNs ?? standing?.notificationArns ?? []
    const inner = actingFor(call, roleArn)
    const before = type === 'UPDATE' ? standing : undefined
    const design = await designOf(call, inner, { ...place, notificationArns }, text, input, before)
    const changes = planOf(call.cloud, { ...place, notificationArns }, before ?? { resources: [] }, design)
    const isEmpty = before !== undefined && changes.length === 0 && !differsElsewhere(before, design)
    const stack = standing ?? review(call, { ...place, roleArn })
    const id = newArn(call, 'changeSet', name)
    const made: ChangeSet = {
      ...design.blueprint,
      id,
      name,
      stackId: stack.id,
      stackName: stack.name,
      accountId: stack.accountId,
      region: stack.region,
      type,
      createdAt: call.at.toISOString(),
      includeNestedStacks: input.IncludeNestedStacks ?? false,
      changes,
      ...(isEmpty
        ? { status: 'FAILED', statusReason: noChanges, executionStatus: 'UNAVAILABLE' }
        : { status: 'CREATE_COMPLETE', executionStatus: 'AVAILABLE' }),
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.OnStackFailure !== undefined && { onFailure: input.OnStackFailure }),
      ...(roleArn !== undefined && { roleArn }),
      ...(token !== undefined && { token }),
    }
    cloudFormationState(call.cloud).changeSets.put(id, made)
    return { Id: id, StackId: stack.id }
  },
})

function checkStanding(standing: Stack | undefined, type: 'CREATE' | 'UPDATE', named: string, changeSet: string): void {
  if (type === 'UPDATE') {
    if (standing === undefined) throw validationError(`Stack [${named}] does not exist`)
    if (!updatable(standing)) throw wrongState(standing.id, standing.status, 'updated')
  } else if (standing === undefined) {
    if (named.startsWith('arn:')) throw noSuchStack(named)
  } else if (standing.status !== 'REVIEW_IN_PROGRESS')
    throw validationError(
      `Stack [${standing.name}] already exists and cannot be created again with the changeSet [${changeSet}].`,
    )
}

/** A stack that is nothing yet but a name for a change set to be looked at. */
function review(
  call: Call,
  { roleArn, ...place }: Pick<Stack, 'id' | 'name' | 'accountId' | 'region'> & { readonly roleArn: string | undefined },
): Stack {
  const stack = putStack(call, {
    ...place,
    template: '',
    parameters: {},
    tags: {},
    capabilities: [],
    notificationArns: [],
    createdAt: call.at.toISOString(),
    status: 'REVIEW_IN_PROGRESS',
    disableRollback: false,
    terminationProtection: false,
    resources: [],
    outputs: [],
    imports: [],
    leftovers: [],
    ...(roleArn !== undefined && { roleArn }),
  })
  tellStack({ cloud: call.cloud, stackId: stack.id }, 'REVIEW_IN_PROGRESS', userInitiated)
  return stack
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
