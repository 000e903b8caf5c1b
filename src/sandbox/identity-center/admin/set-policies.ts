import { parsePolicy } from '../../../policy/index.ts'
import { validationError } from '../../fault.ts'
import { operation } from '../../service.ts'
import { required, text } from '../../shape.ts'
import { pageOf, paging } from '../page.ts'
import { changeSet, conflict, needs, notFound, onSet, setIn } from './members.ts'

const mostManaged = 20
const managedArn = {
  ManagedPolicyArn: required(text({ min: 20, max: 2048, pattern: 'arn:[\\w-]+:iam::aws:policy/.+' })),
}

const putInlinePolicy = operation({
  input: { ...onSet, InlinePolicy: required(text({ min: 1, max: 32_768 })) },
  needs: needs('PutInlinePolicyToPermissionSet'),
  perform: (input, call) => {
    const set = setIn(input, call)
    const parsed = parsePolicy(input.InlinePolicy, 'identity')
    if (!parsed.ok) {
      const [fault] = parsed.faults
      throw validationError(`The InlinePolicy is not valid: ${fault ? `${fault.path} ${fault.problem}` : 'no JSON'}`)
    }
    changeSet(call.cloud, { ...set, inline: input.InlinePolicy })
    return {}
  },
})

const getInlinePolicy = operation({
  input: onSet,
  needs: needs('GetInlinePolicyForPermissionSet'),
  perform: (input, call) => ({ InlinePolicy: setIn(input, call).inline ?? '' }),
})

const deleteInlinePolicy = operation({
  input: onSet,
  needs: needs('DeleteInlinePolicyFromPermissionSet'),
  perform: (input, call) => {
    const { inline, ...set } = setIn(input, call)
    if (inline === undefined) throw notFound('InlinePolicy')
    changeSet(call.cloud, set)
    return {}
  },
})

const attachManagedPolicy = operation({
  input: { ...onSet, ...managedArn },
  needs: needs('AttachManagedPolicyToPermissionSet'),
  perform: (input, call) => {
    const set = setIn(input, call)
    const arn = input.ManagedPolicyArn
    if (!call.cloud.policies.get(arn)) throw notFound(`Managed policy with ARN ${arn}`)
    if (set.managed.includes(arn)) throw conflict(`${arn} is already attached to the permission set.`)
    if (set.managed.length >= mostManaged)
      throw validationError(`A permission set has ${mostManaged} policies at most.`)
    changeSet(call.cloud, { ...set, managed: [...set.managed, arn] })
    return {}
  },
})

const detachManagedPolicy = operation({
  input: { ...onSet, ...managedArn },
  needs: needs('DetachManagedPolicyFromPermissionSet'),
  perform: (input, call) => {
    const set = setIn(input, call)
    if (!set.managed.includes(input.ManagedPolicyArn)) throw notFound(`Managed policy ${input.ManagedPolicyArn}`)
    changeSet(call.cloud, { ...set, managed: set.managed.filter((arn) => arn !== input.ManagedPolicyArn) })
    return {}
  },
})

const listManagedPolicies = operation({
  input: { ...onSet, ...paging },
  needs: needs('ListManagedPoliciesInPermissionSet'),
  perform: (input, call) => {
    const { items, next } = pageOf(setIn(input, call).managed, input)
    const policies = items.map((arn) => ({ Name: arn.slice(arn.lastIndexOf('/') + 1), Arn: arn }))
    return { AttachedManagedPolicies: policies, ...(next && { NextToken: next }) }
  },
})

export const setPolicyOperations = {
  PutInlinePolicyToPermissionSet: putInlinePolicy,
  GetInlinePolicyForPermissionSet: getInlinePolicy,
  DeleteInlinePolicyFromPermissionSet: deleteInlinePolicy,
  AttachManagedPolicyToPermissionSet: attachManagedPolicy,
  DetachManagedPolicyFromPermissionSet: detachManagedPolicy,
  ListManagedPoliciesInPermissionSet: listManagedPolicies,
}
