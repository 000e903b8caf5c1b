import type { Value } from '../resource-type.ts'
import { evaluate } from './evaluate.ts'
import { holds } from './logic.ts'
import type { Scope } from './scope.ts'
import type { Template } from './template.ts'

/** Whether a condition, or a rule's assertion, holds. */
export const holdsIn = (raw: Value, scope: Scope): boolean =>
  holds(raw, scope, (inner, within) => evaluate(inner, within))

/** Which conditions of a template hold. Of the scope its own conditions are not asked: it is what they are put into. */
export function conditionsOf(template: Pick<Template, 'conditions'>, scope: Scope): Readonly<Record<string, boolean>> {
  const known = new Map<string, boolean>()
  const own = Object.fromEntries(Object.keys(template.conditions).map((name) => [name, false]))
  // Conditions lean on each other in any order, never in a circle: each is worked out when it is first asked for.
  const conditions: Readonly<Record<string, boolean>> = new Proxy(own, {
    get: (_, name) => (typeof name === 'string' ? result(name) : undefined),
  })
  const within: Scope = { ...scope, conditions }
  const result = (name: string): boolean => {
    const before = known.get(name)
    if (before !== undefined) return before
    const value = holdsIn(template.conditions[name] ?? null, within)
    known.set(name, value)
    return value
  }
  return Object.fromEntries(Object.keys(template.conditions).map((name) => [name, result(name)]))
}
