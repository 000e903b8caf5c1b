import type { Cloud } from '../cloud.ts'
import { putStack, tellStack } from './run.ts'
import { cloudFormationState, type Stack } from './state.ts'

/** Where a stack stands whose operation ended in the middle: from there its owner can go on or back. */
const endings: Readonly<Record<string, string>> = {
  CREATE_IN_PROGRESS: 'CREATE_FAILED',
  ROLLBACK_IN_PROGRESS: 'ROLLBACK_FAILED',
  DELETE_IN_PROGRESS: 'DELETE_FAILED',
  UPDATE_IN_PROGRESS: 'UPDATE_FAILED',
  UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: 'UPDATE_COMPLETE',
  UPDATE_ROLLBACK_IN_PROGRESS: 'UPDATE_ROLLBACK_FAILED',
  UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: 'UPDATE_ROLLBACK_COMPLETE',
}

const why = 'The sandbox ended in the middle of the operation; what was being made at that moment may be left behind.'

/** Says of a stack, and of its resources, that what was under way is no longer. */
export function settle(cloud: Cloud, stack: Stack): void {
  const ending = endings[stack.status]
  if (ending === undefined) return
  const resources = stack.resources.map((resource) =>
    resource.status.endsWith('_IN_PROGRESS')
      ? { ...resource, status: resource.status.replace('IN_PROGRESS', 'FAILED'), reason: why }
      : resource,
  )
  putStack({ cloud }, { ...stack, resources })
  tellStack({ cloud, stackId: stack.id }, ending, why)
}

/** Settles the stacks of a state that was reopened: nobody works on them any more. */
export function settleInterrupted(cloud: Cloud): void {
  const state = cloudFormationState(cloud)
  for (const stack of [...state.stacks.values()]) settle(cloud, stack)
  for (const set of [...state.changeSets.values()])
    if (set.executionStatus === 'EXECUTE_IN_PROGRESS')
      state.changeSets.put(set.id, { ...set, executionStatus: 'EXECUTE_FAILED' })
}
