import { validationError } from '../fault.ts'
import { operation } from '../service.ts'
import { flag, list, required, text } from '../shape.ts'
import { actingFor, toPass } from './acting.ts'
import { begin, rollBackCreation, rollBackUpdate } from './execute.ts'
import { getStack, onStack } from './find.ts'
import * as members from './members.ts'
import { putStack, stackOf, tellStack, userInitiated } from './run.ts'
import { begunView } from './views.ts'

const onNamed = { StackName: required(members.stackNameOrId) }
const resumed = { ...onNamed, RoleARN: members.roleArn, ClientRequestToken: members.token }

/** Ways out of an operation that is stuck, or that is not to go on. */
export const recovery = {
  ContinueUpdateRollback: operation({
    input: { ...resumed, ResourcesToSkip: list(text()) },
    emptyResult: true,
    needs: (input, call) => [onStack(call, 'ContinueUpdateRollback', input.StackName), ...toPass(input.RoleARN)],
    perform: async (input, call) => {
      const stack = getStack(call, input.StackName)
      if (stack.status !== 'UPDATE_ROLLBACK_FAILED')
        throw validationError(`Stack:${stack.id} is in ${stack.status} state and can not continue rolling back.`)
      const { ResourcesToSkip: skip = [] } = input
      const wrong = skip.filter(
        (id) => !stack.resources.some(({ logicalId, status }) => logicalId === id && status === 'UPDATE_FAILED'),
      )
      if (wrong.length > 0)
        throw validationError(
          `Requested resources [${wrong.join(', ')}] can not be skipped: they did not fail to roll back`,
        )
      const inner = actingFor(call, input.RoleARN ?? stack.roleArn)
      tellStack({ cloud: call.cloud, stackId: stack.id }, 'UPDATE_ROLLBACK_IN_PROGRESS', userInitiated)
      await begin(call, stack, inner, rollBackUpdate(skip))
      return {}
    },
  }),

  RollbackStack: operation({
    input: { ...resumed, RetainExceptOnCreate: flag() },
    needs: (input, call) => [onStack(call, 'RollbackStack', input.StackName), ...toPass(input.RoleARN)],
    perform: async (input, call) => {
      const stack = getStack(call, input.StackName)
      const { status } = stack
      if (status !== 'CREATE_FAILED' && status !== 'UPDATE_FAILED')
        throw validationError(`Stack:${stack.id} is in ${status} state and can not be rolled back.`)
      const inner = actingFor(call, input.RoleARN ?? stack.roleArn)
      // An update that went on from a creation that failed has nothing to go back to.
      const made = status === 'UPDATE_FAILED' && stack.before !== undefined
      const next = made ? 'UPDATE_ROLLBACK_IN_PROGRESS' : 'ROLLBACK_IN_PROGRESS'
      putStack(call, { ...stack, retainExceptOnCreate: input.RetainExceptOnCreate ?? false })
      tellStack({ cloud: call.cloud, stackId: stack.id }, next, userInitiated)
      const answer = begunView(stackOf({ cloud: call.cloud, stackId: stack.id }))
      await begin(call, stack, inner, made ? rollBackUpdate() : rollBackCreation)
      return answer
    },
  }),

  CancelUpdateStack: operation({
    input: { ...onNamed, ClientRequestToken: members.token },
    needs: (input, call) => onStack(call, 'CancelUpdateStack', input.StackName),
    perform: (input, call) => {
      const stack = getStack(call, input.StackName)
      if (stack.status !== 'UPDATE_IN_PROGRESS')
        throw validationError('CancelUpdateStack cannot be called from current stack status')
      putStack(call, { ...stack, cancelled: true })
      return {}
    },
  }),
}
