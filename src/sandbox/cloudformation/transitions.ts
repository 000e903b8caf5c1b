import { isDeepStrictEqual } from 'node:util'
import type { Call } from '../service.ts'
import type { Design } from './design.ts'
import { putStack, tellStack, userInitiated } from './run.ts'
import type { Stack } from './state.ts'
import { readTemplate } from './template/index.ts'

const updatableStates: readonly string[] = [
  'CREATE_COMPLETE',
  'UPDATE_COMPLETE',
  'UPDATE_ROLLBACK_COMPLETE',
  // What was made before the failure was kept, and the next update goes on from there.
  'CREATE_FAILED',
  'UPDATE_FAILED',
]

/** Whether an update may begin. */
export const updatable = ({ status }: Stack): boolean => updatableStates.includes(status)

/** What a stack keeps of a design. */
export const withDesign = ({ blueprint, template }: Design) => ({
  ...blueprint,
  ...(template.description !== undefined && { description: template.description }),
})

/** Whether a design differs from the stack otherwise than in resources: AWS then performs an update that changes none. */
export function differsElsewhere(stack: Stack, { blueprint, template }: Design): boolean {
  return (
    !isDeepStrictEqual(stack.tags, blueprint.tags) ||
    !isDeepStrictEqual(stack.notificationArns, blueprint.notificationArns) ||
    !isDeepStrictEqual(readTemplate(stack.template).outputs, template.outputs)
  )
}

/** Moves a stack into an update: the design is what it says it is from here on, and the way back is kept. */
export function startUpdate(
  call: Call,
  { description, ...stack }: Stack,
  design: Design,
  more: Partial<
    Pick<Stack, 'disableRollback' | 'retainExceptOnCreate' | 'policy' | 'roleArn' | 'token' | 'changeSetId'>
  >,
): Stack {
  const { template, parameters, tags, capabilities, notificationArns, resources, outputs, imports } = stack
  const begun = putStack(call, {
    ...stack,
    ...more,
    ...withDesign(design),
    updatedAt: call.at.toISOString(),
    // An update that goes on after one that failed returns to where that one began.
    before: stack.before ?? {
      ...{ template, parameters, tags, capabilities, notificationArns, resources, outputs, imports },
      ...(description !== undefined && { description }),
    },
  })
  tellStack({ cloud: call.cloud, stackId: stack.id }, 'UPDATE_IN_PROGRESS', userInitiated)
  return begun
}
