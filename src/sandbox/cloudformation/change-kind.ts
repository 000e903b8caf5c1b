import { isDeepStrictEqual } from 'node:util'
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

/** What has to be done for a resource to be what a template says. */
export function changeKind(
  before: StackResource,
  typeName: string,
  type: Pick<ResourceType, 'replacedBy'>,
  properties: Properties,
): 'none' | 'update' | 'replace' {
  if (before.type !== typeName) return 'replace'
  const changed = changedProperties(before.properties, properties)
  if (changed.length === 0) return 'none'
  return changed.some((name) => replaces(type, name)) ? 'replace' : 'update'
}
