import { validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { flag, required } from '../shape.ts'
import { getStack, onStack } from './find.ts'
import * as members from './members.ts'
import { putStack } from './run.ts'
import { logicalIdsIn, readStackPolicy } from './stack-policy.ts'
import { templateText } from './template-source.ts'

const onNamed = { StackName: required(members.stackNameOrId) }

/** What is set on a stack without touching its resources. */
export const settings = {
  UpdateTerminationProtection: operation({
    input: { ...onNamed, EnableTerminationProtection: required(flag()) },
    needs: (input, call) => onStack(call, 'UpdateTerminationProtection', input.StackName),
    perform: (input, call) => {
      const stack = getStack(call, input.StackName)
      if (stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS')
        throw validationError(`Stack [${stack.name}] is in ${stack.status} state and its protection cannot be changed`)
      putStack(call, { ...stack, terminationProtection: input.EnableTerminationProtection })
      return { StackId: stack.id }
    },
  }),

  SetStackPolicy: operation({
    input: { ...onNamed, ...members.stackPolicy },
    needs: (input, call) => onStack(call, 'SetStackPolicy', input.StackName),
    perform: async (input, call) => {
      const { StackPolicyBody: body, StackPolicyURL: url } = input
      const policy = body ?? (await templateText(call, url === undefined ? {} : { TemplateURL: url }))
      if (policy === undefined) throw validationError('Specify exactly one of StackPolicyBody and StackPolicyURL')
      const stack = getStack(call, input.StackName)
      readStackPolicy(policy, logicalIdsIn(stack))
      putStack(call, { ...stack, policy })
      return {}
    },
  }),

  GetStackPolicy: operation({
    input: onNamed,
    emptyResult: true,
    needs: (input, call) => onStack(call, 'GetStackPolicy', input.StackName),
    perform: (input, call) => {
      const { policy } = getStack(call, input.StackName)
      return policy === undefined ? {} : { StackPolicyBody: policy }
    },
  }),
}
