import { isDeepStrictEqual } from 'node:util'
import { changedProperties } from './change-kind.ts'
import { existing, withReferences } from './forward.ts'
import { provisioningOf, reasonOf, typeNamed } from './provision.ts'
import { goesWhenNew } from './remove.ts'
import { putStack, type Run, stackOf, tellResource } from './run.ts'
import { hiding } from './secrets.ts'
import type { StackResource } from './state.ts'

/**
 * Returns the resources of a stack to what they were before its update, but for those in `skip`, which are believed to
 * be. Gives those that could not be returned; what the update made is left over, not removed. May be done again.
 */
export async function backward(run: Run, skip: readonly string[] = []): Promise<readonly string[]> {
  const { before } = stackOf(run)
  if (before === undefined) return []
  const failed: string[] = []
  for (const old of before.resources) {
    const now = stackOf(run).resources.find(({ logicalId }) => logicalId === old.logicalId)
    if (now === undefined) putBack(run, old)
    else if (now.physicalId !== old.physicalId) swap(run, old, now)
    else if (skip.includes(old.logicalId)) tellResource(run, old, 'UPDATE_COMPLETE')
    else if (isUntouched(old, now)) putBack(run, old)
    else if (!(await undo(run, old, now))) failed.push(old.logicalId)
  }
  if (failed.length === 0) forgetNew(run)
  return failed
}

const isUntouched = (old: StackResource, now: StackResource): boolean =>
  changedProperties(now.properties, old.properties).length === 0 && isDeepStrictEqual(now.tags, old.tags)

async function undo(run: Run, old: StackResource, now: StackResource): Promise<boolean> {
  tellResource(run, now, 'UPDATE_IN_PROGRESS')
  const secrets: string[] = []
  try {
    const at = provisioningOf(run, old.logicalId, now, old.tags)
    const properties = await withReferences(run, old.properties, secrets)
    const { id, attributes } = await typeNamed(old.type).update(properties, existing(now), at)
    tellResource(run, { ...old, physicalId: id, attributes }, 'UPDATE_COMPLETE')
    return true
  } catch (error) {
    tellResource(run, now, 'UPDATE_FAILED', hiding(secrets, reasonOf(error, old.type)))
    return false
  }
}

/** The resource that was to take the place of the old one is left over, and the old one no longer is. */
function swap(run: Run, old: StackResource, now: StackResource): void {
  const stack = stackOf(run)
  const leftovers = stack.leftovers.filter(({ physicalId }) => physicalId !== old.physicalId)
  putStack(run, { ...stack, leftovers: now.physicalId === undefined ? leftovers : [...leftovers, asNew(run, now)] })
  tellResource(run, old, 'UPDATE_COMPLETE')
}

function putBack(run: Run, old: StackResource): void {
  const stack = stackOf(run)
  const others = stack.resources.filter(({ logicalId }) => logicalId !== old.logicalId)
  const leftovers = stack.leftovers.filter(({ physicalId }) => physicalId !== old.physicalId)
  putStack(run, { ...stack, resources: [...others, old], leftovers })
}

function forgetNew(run: Run): void {
  const stack = stackOf(run)
  const order = (stack.before?.resources ?? []).map(({ logicalId }) => logicalId)
  const made = stack.resources
    .filter(({ logicalId }) => !order.includes(logicalId))
    .map((resource) => asNew(run, resource))
  const resources = order.flatMap((id) => stack.resources.find(({ logicalId }) => logicalId === id) ?? [])
  putStack(run, { ...stack, resources, leftovers: [...stack.leftovers, ...made] })
}

/** What an update made, its rollback removes, whatever is to become of it later on, unless that is to retain it. */
const asNew = (run: Run, resource: StackResource): StackResource => {
  const { retainExceptOnCreate } = stackOf(run)
  const policy = (name: string): string => (goesWhenNew(name, retainExceptOnCreate) ? 'Delete' : name)
  const { deletionPolicy, updateReplacePolicy } = resource
  return { ...resource, deletionPolicy: policy(deletionPolicy), updateReplacePolicy: policy(updateReplacePolicy) }
}
