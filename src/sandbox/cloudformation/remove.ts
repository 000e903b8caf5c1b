import { existing } from './forward.ts'
import { provisioningOf, reasonOf, typeNamed } from './provision.ts'
import { asTold, putStack, type Run, stackOf, tellResource } from './run.ts'
import type { StackResource } from './state.ts'

/**
 * Removes the resources of a stack, the youngest first; one that another still needs stays. Gives those that could not
 * be removed. A resource to be retained is forgotten and left alone; `newlyMade`: the stack never came to be.
 */
export async function removeAll(
  run: Run,
  { retain = [], newlyMade = false }: { readonly retain?: readonly string[]; readonly newlyMade?: boolean } = {},
): Promise<readonly string[]> {
  const failed: string[] = []
  const { retainExceptOnCreate } = stackOf(run)
  const stays = ({ deletionPolicy }: StackResource): boolean =>
    isRetained(deletionPolicy) && !(newlyMade && goesWhenNew(deletionPolicy, retainExceptOnCreate))
  for (const resource of [...stackOf(run).resources].reverse()) {
    if (resource.status === 'DELETE_COMPLETE' || resource.status === 'DELETE_SKIPPED') continue
    if (resource.physicalId === undefined) {
      tellResource(run, resource, 'DELETE_COMPLETE')
      continue
    }
    if (retain.includes(resource.logicalId) || stays(resource)) {
      tellResource(run, resource, 'DELETE_SKIPPED')
      continue
    }
    const needed = stackOf(run).resources.some(
      ({ logicalId, dependsOn }) => failed.includes(logicalId) && dependsOn.includes(resource.logicalId),
    )
    if (needed) continue
    tellResource(run, resource, 'DELETE_IN_PROGRESS')
    try {
      await typeNamed(resource.type).remove(existing(resource), provisioningOf(run, resource.logicalId))
      tellResource(run, resource, 'DELETE_COMPLETE')
    } catch (error) {
      tellResource(run, resource, 'DELETE_FAILED', reasonOf(error, resource.type))
      failed.push(resource.logicalId)
    }
  }
  return failed
}

const isRetained = (policy: string): boolean => policy === 'Retain' || policy === 'RetainExceptOnCreate'

/** Whether what the operation that is rolled back made goes, although it is to be retained. */
export const goesWhenNew = (policy: string, retainExceptOnCreate = false): boolean =>
  policy === 'RetainExceptOnCreate' || (policy === 'Retain' && retainExceptOnCreate)

/**
 * Removes what an update or its rollback left over, the youngest first. What cannot be removed is told of and
 * forgotten, as AWS does: it stays behind, and the stack goes on without it.
 */
export async function removeLeftovers(run: Run): Promise<void> {
  const replaced = ({ logicalId }: StackResource): boolean =>
    stackOf(run).resources.some((resource) => resource.logicalId === logicalId)
  for (const resource of [...stackOf(run).leftovers].reverse()) {
    if (resource.physicalId !== undefined) {
      const policy = replaced(resource) ? resource.updateReplacePolicy : resource.deletionPolicy
      if (isRetained(policy)) asTold(run, resource, 'DELETE_SKIPPED')
      else await removeOne(run, resource)
    }
    const stack = stackOf(run)
    putStack(run, { ...stack, leftovers: stack.leftovers.filter((one) => one !== resource) })
  }
}

async function removeOne(run: Run, resource: StackResource): Promise<void> {
  asTold(run, resource, 'DELETE_IN_PROGRESS')
  try {
    await typeNamed(resource.type).remove(existing(resource), provisioningOf(run, resource.logicalId))
    asTold(run, resource, 'DELETE_COMPLETE')
  } catch (error) {
    asTold(run, resource, 'DELETE_FAILED', reasonOf(error, resource.type))
  }
}
