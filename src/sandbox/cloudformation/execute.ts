import type { Call, InnerCaller } from '../service.ts'
import { backward } from './backward.ts'
import type { Design } from './design.ts'
import { checkExports } from './exports.ts'
import { type Failed, forward, settleOutputs } from './forward.ts'
import { settle } from './interrupted.ts'
import { StepFailure } from './provision.ts'
import { removeAll, removeLeftovers } from './remove.ts'
import { putStack, type Run, stackOf, tellStack, userInitiated } from './run.ts'
import type { StackPolicy } from './stack-policy.ts'
import type { Stack } from './state.ts'

/** What goes on after the answer has left; resolves to whether the stack became what was asked for. */
type Work = (run: Run) => Promise<boolean>

/** Milliseconds. Clients that ask too early ask again after five seconds, or thirty. */
const headStart = 2000

/** Sets the work on a stack going. Resolves when it has ended, or has gone on for so long that the answer may leave. */
export function begin(
  call: Call,
  stack: Pick<Stack, 'id'>,
  inner: InnerCaller,
  work: Work,
  done?: (well: boolean) => void,
): Promise<void> {
  const { parameters, before } = stackOf({ cloud: call.cloud, stackId: stack.id })
  const otherParameters = [parameters, ...(before ? [before.parameters] : [])]
  const run: Run = { cloud: call.cloud, stackId: stack.id, inner, otherParameters }
  return new Promise((resolve) => {
    const late = setTimeout(resolve, headStart)
    call.inside.background(async () => {
      let well = false
      try {
        well = await work(run)
      } finally {
        if (!well) settle(call.cloud, stackOf(run))
        done?.(well)
        clearTimeout(late)
        resolve()
      }
    })
  })
}

/** Makes the resources; what was made goes again when one cannot be, unless the stack says otherwise. */
export const create =
  (design: Design): Work =>
  async (run) => {
    const reason = await attempt(run, design)
    if (reason === undefined) {
      tellStack(run, 'CREATE_COMPLETE')
      return true
    }
    const { onFailure, disableRollback } = stackOf(run)
    if (onFailure === 'DELETE') {
      tellStack(run, 'DELETE_IN_PROGRESS', `${reason}Delete requested by user.`)
      await remove()(run)
    } else if (disableRollback || onFailure === 'DO_NOTHING') tellStack(run, 'CREATE_FAILED', reason.trim())
    else {
      tellStack(run, 'ROLLBACK_IN_PROGRESS', `${reason}Rollback requested by user.`)
      await rollBackCreation(run)
    }
    return false
  }

/** Removes what a creation had made. */
export const rollBackCreation: Work = async (run) => {
  const failed = await removeAll(run, { newlyMade: true })
  if (failed.length === 0) tellStack(run, 'ROLLBACK_COMPLETE')
  else tellStack(run, 'ROLLBACK_FAILED', notRemoved(failed))
  return failed.length === 0
}

/** Makes the stack what the design says, as far as the policy lets it, or, when that fails, what it was. */
export const update =
  (design: Design, policy?: StackPolicy): Work =>
  async (run) => {
    const reason = await attempt(run, design, policy)
    if (reason === undefined) {
      const { before: _, cancelled: __, ...stack } = stackOf(run)
      putStack(run, stack)
      tellStack(run, 'UPDATE_COMPLETE_CLEANUP_IN_PROGRESS')
      await removeLeftovers(run)
      tellStack(run, 'UPDATE_COMPLETE')
      return true
    }
    if (stackOf(run).disableRollback && !stackOf(run).cancelled) {
      tellStack(run, 'UPDATE_FAILED', reason.trim())
      return false
    }
    tellStack(run, 'UPDATE_ROLLBACK_IN_PROGRESS', reason.trim())
    await rollBackUpdate()(run)
    return false
  }

/** Returns a stack to what it was before its update; `skip` names resources that are not to be touched. */
export const rollBackUpdate =
  (skip: readonly string[] = []): Work =>
  async (run) => {
    const failed = await backward(run, skip)
    if (failed.length > 0) {
      tellStack(run, 'UPDATE_ROLLBACK_FAILED', `The following resource(s) failed to update: [${failed.join(', ')}].`)
      return false
    }
    const { before, cancelled: _, description: __, ...stack } = stackOf(run)
    const { resources: ___, ...rest } = before ?? stack
    putStack(run, { ...stack, ...rest })
    tellStack(run, 'UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS')
    await removeLeftovers(run)
    tellStack(run, 'UPDATE_ROLLBACK_COMPLETE')
    return true
  }

export interface Removal {
  /** Logical ids of resources to leave alone. */
  readonly retain?: readonly string[]
  /** What cannot be removed is left alone, too. */
  readonly force?: boolean
  readonly statusBefore?: string
}

/**
 * Removes the stack with all it holds, but for what it is to retain. When other stacks use what it exports, nothing is
 * begun, and it stays in the status it had: it can still be updated.
 */
export const remove =
  ({ retain = [], force = false, statusBefore = 'DELETE_FAILED' }: Removal = {}): Work =>
  async (run) => {
    try {
      checkExports(run.cloud, stackOf(run), [])
    } catch (error) {
      tellStack(run, statusBefore, error instanceof Error ? error.message : String(error))
      return false
    }
    await removeLeftovers(run)
    const stuck = await removeAll(run, { retain })
    const failed = force && stuck.length > 0 ? await removeAll(run, { retain: [...retain, ...stuck] }) : stuck
    if (failed.length > 0) {
      tellStack(run, 'DELETE_FAILED', notRemoved(failed))
      return false
    }
    const { before: _, ...stack } = stackOf(run)
    putStack(run, { ...stack, imports: [], outputs: [] })
    tellStack(run, 'DELETE_COMPLETE')
    return true
  }

const notRemoved = (ids: readonly string[]): string =>
  `The following resource(s) failed to delete: [${ids.join(', ')}]. `

/** Goes forward; undefined when the stack got there, else why not, with a blank behind it. */
async function attempt(run: Run, design: Design, policy?: StackPolicy): Promise<string | undefined> {
  try {
    const failed = await forward(run, design, policy)
    if (failed) return `${notDone(failed)} `
    settleOutputs(run, design)
    return undefined
  } catch (error) {
    if (error instanceof StepFailure)
      return error.message === userInitiated ? userInitiated : `${error.message.replace(/(?<![.!?])$/, '.')} `
    throw error
  }
}

const notDone = ({ doing, logicalId }: Failed): string =>
  `The following resource(s) failed to ${doing}: [${logicalId}].`
