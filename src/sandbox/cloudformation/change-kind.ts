import { isDeepStrictEqual } from 'node:util'
import type { Tags } from '../cloud.ts'
import type { Properties, ResourceType } from './resource-type.ts'
import type { StackResource } from './state.ts'

/** The names of the properties that differ. */
export function changedProperties(before: Properties, after: Properties): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter((name) => !isDeepStrictEqual(before[name], after[name])).sort()
}

/** Whether a change of that property makes another resource. */
export const replaces = (type: Pick<ResourceType, 'replacedBy'>, property: string): boolean =>
  type.replacedBy.includes('*') || type.replacedBy.includes(property)

/** Whether the stack's tags are to be set anew on a resource. */
export const retags = (before: StackResource, type: Pick<ResourceType, 'isTagged'>, tags: Tags): boolean =>
  type.isTagged === true && !isDeepStrictEqual(before.tags, tags)

/** What has to be done for a resource to be what a template says, in a stack of these tags. */
export function changeKind(
  before: StackResource,
  typeName: string,
  type: Pick<ResourceType, 'replacedBy' | 'isTagged'>,
  properties: Properties,
  tags: Tags,
): 'none' | 'update' | 'replace' {
  if (before.type !== typeName) return 'replace'
  const changed = changedProperties(before.properties, properties)
  if (changed.length === 0) return retags(before, type, tags) ? 'update' : 'none'
  return changed.some((name) => replaces(type, name)) ? 'replace' : 'update'
}
