import { validationError } from '../fault.ts'
import { requestTagContext } from '../iam/tag-context.ts'
import { type Call, operation } from '../service.ts'
import { flag, list, oneOf, required, text } from '../shape.ts'
import { actingFor, intentContext, toPass } from './acting.ts'
import { designOf } from './design.ts'
import { begin, create, remove, update } from './execute.ts'
import { alreadyExists, wrongState } from './faults.ts'
import { findStack, getStack, newArn, onStack, placeOf } from './find.ts'
import * as members from './members.ts'
import { planOf } from './plan.ts'
import { putStack, stackOf, tellStack, userInitiated } from './run.ts'
import { protection, readStackPolicy } from './stack-policy.ts'
import { cloudFormationState, type Stack } from './state.ts'
import { templateText } from './template-source.ts'
import { differsElsewhere, startUpdate, updatable, withDesign } from './transitions.ts'
import { begunView } from './views.ts'

const noUpdates = 'No updates are to be performed.'

const createStack = operation({
  input: {
    StackName: required(members.stackName),
    ...members.intent,
    ...members.stackPolicy,
    DisableRollback: flag(),
    OnFailure: members.onFailure,
    TimeoutInMinutes: members.timeoutMinutes,
    ClientRequestToken: members.token,
    EnableTerminationProtection: flag(),
    RetainExceptOnCreate: flag(),
  },
  needs: (input, call) => [
    onStack(call, 'CreateStack', input.StackName, { ...intentContext(input), ...requestTagContext(input.Tags) }),
    ...toPass(input.RoleARN),
  ],
  perform: async (input, call) => {
    const { StackName: name, RoleARN: roleArn, ClientRequestToken: token } = input
    if (input.DisableRollback !== undefined && input.OnFailure !== undefined)
      throw validationError('Specify either DisableRollback or OnFailure, not both')
    const known = findStack(call, name)
    if (known && token !== undefined && known.token === token) return begunView(known)
    if (known) throw alreadyExists(`Stack [${name}] already exists`)
    const source = await templateText(call, input)
    if (source === undefined) throw validationError('Either Template URL or Template Body must be specified.')
    const inner = actingFor(call, roleArn)
    const place = { ...placeOf(call), id: newArn(call, 'stack', name), name }
    const notificationArns = input.NotificationARNs ?? []
    const design = await designOf(call, inner, { ...place, notificationArns }, source, input, undefined)
    if (input.StackPolicyBody !== undefined)
      readStackPolicy(input.StackPolicyBody, Object.keys(design.template.resources))
    // Somebody else's call may have come through while this one read.
    if (findStack(call, name)) throw alreadyExists(`Stack [${name}] already exists`)
    const stack = putStack(call, {
      ...place,
      ...withDesign(design),
      createdAt: call.at.toISOString(),
      status: 'CREATE_IN_PROGRESS',
      disableRollback: input.DisableRollback ?? input.OnFailure === 'DO_NOTHING',
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
      terminationProtection: input.EnableTerminationProtection ?? false,
      resources: [],
      outputs: [],
      imports: [],
      leftovers: [],
      ...(input.OnFailure !== undefined && { onFailure: input.OnFailure }),
      ...(input.TimeoutInMinutes !== undefined && { timeoutMinutes: input.TimeoutInMinutes }),
      ...(input.StackPolicyBody !== undefined && { policy: input.StackPolicyBody }),
      ...(roleArn !== undefined && { roleArn }),
      ...(token !== undefined && { token }),
    })
    tellStack({ cloud: call.cloud, stackId: stack.id }, 'CREATE_IN_PROGRESS', userInitiated)
    const answer = begunView(stackOf({ cloud: call.cloud, stackId: stack.id }))
    await begin(call, stack, inner, create(design))
    return answer
  },
})

const updateStack = operation({
  input: {
    StackName: required(members.stackNameOrId),
    ...members.intent,
    ...members.stackPolicy,
    StackPolicyDuringUpdateBody: members.stackPolicy.StackPolicyBody,
    UsePreviousTemplate: flag(),
    DisableRollback: flag(),
    RetainExceptOnCreate: flag(),
    ClientRequestToken: members.token,
  },
  needs: (input, call) => [
    onStack(call, 'UpdateStack', input.StackName, { ...intentContext(input), ...requestTagContext(input.Tags) }),
    ...toPass(input.RoleARN),
  ],
  perform: async (input, call) => {
    const { ClientRequestToken: token } = input
    const asked = findStack(call, input.StackName)
    if (asked === undefined) throw validationError(`Stack [${input.StackName}] does not exist`)
    if (token !== undefined && asked.token === token) return begunView(asked)
    if (!updatable(asked)) throw wrongState(asked.id, asked.status, 'updated')
    const given = await templateText(call, input)
    if ((given !== undefined) === (input.UsePreviousTemplate === true))
      throw validationError('Specify exactly one of a template and UsePreviousTemplate.')
    const roleArn = input.RoleARN ?? asked.roleArn
    const inner = actingFor(call, roleArn)
    const notificationArns = input.NotificationARNs ?? asked.notificationArns
    const text = given ?? asked.template
    const design = await designOf(call, inner, { ...asked, notificationArns }, text, input, asked)
    const stack = getStack(call, asked.id)
    if (!updatable(stack)) throw wrongState(stack.id, stack.status, 'updated')
    if (planOf(call.cloud, stack, stack, design).length === 0 && !differsElsewhere(stack, design))
      throw validationError(noUpdates)
    const guard = protection(stack, input.StackPolicyDuringUpdateBody)
    if (input.StackPolicyBody !== undefined)
      readStackPolicy(input.StackPolicyBody, Object.keys(design.template.resources))
    const begun = startUpdate(call, stack, design, {
      disableRollback: input.DisableRollback ?? false,
      retainExceptOnCreate: input.RetainExceptOnCreate ?? false,
      ...(input.StackPolicyBody !== undefined && { policy: input.StackPolicyBody }),
      ...(roleArn !== undefined && { roleArn }),
      ...(token !== undefined && { token }),
    })
    const answer = begunView(stackOf({ cloud: call.cloud, stackId: stack.id }))
    await begin(call, begun, inner, update(design, guard))
    return answer
  },
})

const deleteStack = operation({
  input: {
    StackName: required(members.stackNameOrId),
    RetainResources: list(text()),
    RoleARN: members.roleArn,
    ClientRequestToken: members.token,
    DeletionMode: oneOf('STANDARD', 'FORCE_DELETE_STACK'),
  },
  needs: (input, call) => [
    onStack(call, 'DeleteStack', input.StackName, intentContext(input)),
    ...toPass(input.RoleARN),
  ],
  perform: async (input, call) => {
    const stack = findStack(call, input.StackName)
    // Deleting what is not there is done.
    if (stack === undefined || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {}
    if (stack.terminationProtection)
      throw validationError(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`)
    if (stack.status.endsWith('_IN_PROGRESS') && stack.status !== 'REVIEW_IN_PROGRESS')
      throw wrongState(stack.id, stack.status, 'deleted')
    const retain = input.RetainResources ?? []
    if (retain.length > 0 && stack.status !== 'DELETE_FAILED')
      throw validationError(
        `Invalid operation on stack [${stack.id}]. RetainResources can be specified only for stacks in DELETE_FAILED state.`,
      )
    const force = input.DeletionMode === 'FORCE_DELETE_STACK'
    if (force && stack.status !== 'DELETE_FAILED')
      throw validationError(
        `Invalid operation on stack [${stack.id}]. FORCE_DELETE_STACK can be specified only for stacks in DELETE_FAILED state.`,
      )
    forgetChangeSets(call, stack)
    const roleArn = input.RoleARN ?? stack.roleArn
    const inner = actingFor(call, roleArn)
    const begun = putStack(call, {
      ...stack,
      ...(roleArn !== undefined && { roleArn }),
      ...(input.ClientRequestToken !== undefined && { token: input.ClientRequestToken }),
    })
    tellStack({ cloud: call.cloud, stackId: stack.id }, 'DELETE_IN_PROGRESS', userInitiated)
    await begin(call, begun, inner, remove({ retain, force, statusBefore: stack.status }))
    return {}
  },
})

function forgetChangeSets(call: Call, { id }: Stack): void {
  const { changeSets } = cloudFormationState(call.cloud)
  for (const set of [...changeSets.values()]) if (set.stackId === id) changeSets.delete(set.id)
}

export const stacks = { CreateStack: createStack, UpdateStack: updateStack, DeleteStack: deleteStack }
