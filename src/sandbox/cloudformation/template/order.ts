import { validationError } from '../../fault.ts'
import type { Value } from '../resource-type.ts'
import { refuseUnresolved } from './check-references.ts'
import { referencesIn } from './references.ts'
import type { ResourceDeclaration, Template } from './template.ts'
import { own } from './values.ts'

type Conditions = Readonly<Record<string, boolean>>

const holds = ({ condition }: { readonly condition?: string }, conditions: Conditions): boolean =>
  condition === undefined || own(conditions, condition) === true

/**
 * The resources whose conditions hold, as the template lists them. Refuses references, in branches that are taken, to
 * those that will not be there.
 */
export function presentResources(template: Template, conditions: Conditions): readonly string[] {
  const present = Object.keys(template.resources).filter((name) => {
    const resource = own(template.resources, name)
    return resource !== undefined && holds(resource, conditions)
  })
  const there = new Set(present)
  const missing = (raws: readonly Value[]): readonly string[] =>
    resourcesIn(template, raws, conditions).filter((name) => !there.has(name))
  const declared = present.flatMap((name) => own(template.resources, name) ?? [])
  refuseUnresolved(missing(declared.map(({ properties }) => properties)), 'Resources')
  const outputs = Object.values(template.outputs).filter((output) => holds(output, conditions))
  refuseUnresolved(missing(outputs.flatMap(({ value, exportName = null }) => [value, exportName])), 'Outputs')
  return present
}

/** The resources that these parts of a template refer to. */
const resourcesIn = (template: Template, raw: Value, conditions?: Conditions): readonly string[] =>
  referencesIn(raw, conditions)
    .filter(({ by, name }) => by !== 'If' && Object.hasOwn(template.resources, name))
    .map(({ name }) => name)
    .filter((name) => !Object.hasOwn(template.parameters, name))

/** What must be there before a resource is made: what it refers to, and what it says it depends on. */
export function dependenciesOf(template: Template, logicalId: string, conditions?: Conditions): readonly string[] {
  const resource: ResourceDeclaration | undefined = own(template.resources, logicalId)
  if (resource === undefined) return []
  const { dependsOn, properties, metadata = null } = resource
  return [...new Set([...dependsOn, ...resourcesIn(template, [properties, metadata], conditions)])]
}

/**
 * Those of `present`, each after all that it depends on, else as they were listed. With `conditions`, branches that are
 * not taken make no dependencies. Refuses circles.
 */
export function orderOf(template: Template, present: readonly string[], conditions?: Conditions): readonly string[] {
  const waiting = new Map<string, Set<string>>()
  const users = new Map<string, string[]>(present.map((name) => [name, []]))
  for (const name of present) {
    const needs = dependenciesOf(template, name, conditions).filter((needed) => users.has(needed))
    waiting.set(name, new Set(needs))
    for (const needed of needs) users.get(needed)?.push(name)
  }
  const ordered = present.filter((name) => waiting.get(name)?.size === 0)
  for (const done of ordered)
    for (const user of users.get(done) ?? []) {
      const needs = waiting.get(user)
      if (needs?.delete(done) && needs.size === 0) ordered.push(user)
    }
  if (ordered.length === present.length) return ordered
  const settled = new Set(ordered)
  throw circular(
    present.filter((name) => !settled.has(name)),
    (name) => waiting.get(name) ?? new Set(),
  )
}

/** Names those that go round, and not those that only wait for them. */
function circular(stuck: readonly string[], needsOf: (name: string) => ReadonlySet<string>) {
  const left = new Set(stuck)
  const needed = (name: string): boolean => [...left].some((user) => needsOf(user).has(name))
  for (let idle = stuck.filter((name) => !needed(name)); idle.length > 0; ) {
    for (const name of idle) left.delete(name)
    idle = [...left].filter((name) => !needed(name))
  }
  return validationError(`Circular dependency between resources: [${[...left].join(', ')}]`)
}
