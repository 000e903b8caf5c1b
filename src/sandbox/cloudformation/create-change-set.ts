import { isDeepStrictEqual } from 'node:util'
import { validationError } from '../fault.ts'
import { requestTagContext } from '../iam/tag-context.ts'
import { type Call, type Output, operation } from '../service.ts'
import { flag, list, oneOf, required, structure, text } from '../shape.ts'
import { actingFor, intentContext, toPass } from './acting.ts'
import { designOf } from './design.ts'
import { alreadyExists, noSuchStack, wrongState } from './faults.ts'
import { findChangeSet, findStack, newArn, onStack, placeOf } from './find.ts'
import * as members from './members.ts'
import { planOf } from './plan.ts'
import { putStack, tellStack, userInitiated } from './run.ts'
import { newOperation } from './stack-operation.ts'
import { type Blueprint, type ChangeSet, cloudFormationState, type Stack } from './state.ts'
import { templateText } from './template-source.ts'
import { differsElsewhere, updatable } from './transitions.ts'

const noChanges =
  "The submitted information didn't contain changes. Submit different information to create a change set."

/** Works out what a template would change, and keeps that to be looked at and executed. */
export const createChangeSet = operation({
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
    const named = findChangeSet(call, name, input.StackName)
    // The name of one that was executed is free again.
    const known = named?.executionStatus.startsWith('EXECUTE_') ? undefined : named
    if (known && (token ?? known.token) !== undefined)
      return repeated(known, known.token === token ? undefined : 'ClientToken')
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
    if (known) return repeated(known, differingIn(known, design.blueprint))
    const changes = planOf(call.cloud, { ...place, notificationArns }, before ?? { resources: [] }, design)
    const isEmpty = before !== undefined && changes.length === 0 && !differsElsewhere(before, design)
    const operation = newOperation('CREATE_CHANGESET')
    const stack = standing ?? review(call, { ...place, roleArn, operation })
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
      operation,
      changes,
      ...(isEmpty
        ? { status: 'FAILED', statusReason: noChanges, executionStatus: 'UNAVAILABLE' }
        : { status: 'CREATE_COMPLETE', executionStatus: 'AVAILABLE' }),
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.OnStackFailure !== undefined && { onFailure: input.OnStackFailure }),
      ...(roleArn !== undefined && { roleArn }),
      ...(token !== undefined && { token }),
    }
    const { changeSets } = cloudFormationState(call.cloud)
    if (named) changeSets.delete(named.id)
    changeSets.put(id, made)
    return { Id: id, StackId: stack.id }
  },
})

/** The same change set again is no other; another of its name is refused, with what it differs in. */
function repeated({ id, name, stackId }: ChangeSet, differing: string | undefined): Output {
  if (differing === undefined) return { Id: id, StackId: stackId }
  throw alreadyExists(`ChangeSet ${name} cannot be created due to a mismatch with existing attribute ${differing}`)
}

const differingIn = (known: Blueprint, wanted: Blueprint): string | undefined => {
  if (known.template !== wanted.template) return 'Template'
  if (!isDeepStrictEqual(known.parameters, wanted.parameters)) return 'Parameters'
  if (!isDeepStrictEqual(known.capabilities, wanted.capabilities)) return 'Capabilities'
  return isDeepStrictEqual(known.tags, wanted.tags) ? undefined : 'Tags'
}

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
  {
    roleArn,
    ...place
  }: Pick<Stack, 'id' | 'name' | 'accountId' | 'region' | 'operation'> & { readonly roleArn: string | undefined },
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
