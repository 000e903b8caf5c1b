import { type Condition, type PolicyDocument, parsePolicy, type Statement } from '../../policy/index.ts'
import { intersectPatterns } from './intersect-patterns.ts'

/** A policy of both, or why there is none. */
export type Intersection =
  | { readonly ok: true; readonly policy: string }
  | { readonly ok: false; readonly because: string }

/**
 * A session policy that allows only what both allow, since AWS takes one. Denials of both stand in it. Never allows more
 * than either; what cannot be written as one policy is refused and not guessed.
 */
export function intersectPolicies(first: string, second: string): Intersection {
  const [a, b] = [parsePolicy(first, 'identity'), parsePolicy(second, 'identity')]
  if (!a.ok || !b.ok) return { ok: false, because: 'one of the two is not a policy that IAM takes' }
  const denials = [...a.document.statements, ...b.document.statements].filter(({ effect }) => effect === 'Deny')
  const statements: object[] = denials.map(written)
  let size = 0
  for (const left of allowing(a.document))
    for (const right of allowing(b.document)) {
      const both = intersectStatements(left, right)
      if (typeof both === 'string') return { ok: false, because: both }
      if (!both) continue
      statements.push(both)
      size += JSON.stringify(both).length
      if (size > largest) return { ok: false, because: 'together they say more than a session policy can hold' }
    }
  // A policy needs a statement, and one that allows nothing is what is meant.
  if (!statements.some((statement) => 'Effect' in statement && statement.Effect === 'Allow'))
    statements.push({ Effect: 'Deny', Action: '*', Resource: '*' })
  return { ok: true, policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }) }
}

/** Characters. AWS takes 2,048 of them; whoever writes many statements must not have all of their products made. */
const largest = 10_000

const allowing = ({ statements }: PolicyDocument): readonly Statement[] =>
  statements.filter(({ effect }) => effect === 'Allow')

/** What both allow, nothing, or why that cannot be written. */
function intersectStatements(left: Statement, right: Statement): object | string | undefined {
  if (!left.action || !right.action || !left.resource || !right.resource)
    return 'an Allow with NotAction or NotResource cannot be narrowed; use Action and Resource'
  const actions = product(left.action.map(lower), right.action.map(lower))
  const resources = product(left.resource, right.resource)
  if (!actions || !resources)
    return 'two of their patterns overlap in more ways than a policy can say; use plainer ones'
  if (actions.length === 0 || resources.length === 0) return undefined
  const clash = left.conditions.find(({ operator, key }) =>
    right.conditions.some((other) => sameTest(other, operator, key)),
  )
  if (clash) return `both have the condition ${clash.operator} on ${clash.key}; a policy can have it once`
  const conditions = conditionBlock([...left.conditions, ...right.conditions])
  return { Effect: 'Allow', Action: actions, Resource: resources, ...(conditions ? { Condition: conditions } : {}) }
}

// Actions are the same whatever their case.
const lower = (action: string): string => action.toLowerCase()

const sameTest = (condition: Condition, operator: string, key: string): boolean =>
  condition.operator.toLowerCase() === operator.toLowerCase() && condition.key.toLowerCase() === key.toLowerCase()

function product(left: readonly string[], right: readonly string[]): readonly string[] | undefined {
  const all = new Set<string>()
  for (const a of left)
    for (const b of right) {
      // A policy variable stands for text that is not known yet.
      if (a.includes('${') || b.includes('${')) {
        if (a === b || b === '*') all.add(a)
        else if (a === '*') all.add(b)
        else return undefined
        continue
      }
      const both = intersectPatterns(a, b)
      if (!both) return undefined
      for (const pattern of both) all.add(pattern)
    }
  return [...all]
}

function conditionBlock(conditions: readonly Condition[]): object | undefined {
  if (conditions.length === 0) return undefined
  const block: Record<string, Record<string, readonly string[]>> = {}
  for (const { operator, key, values } of conditions) block[operator] = { ...block[operator], [key]: values }
  return block
}

/** Without its Sid: those of one policy must differ. */
function written(statement: Statement): object {
  const { effect, action, notAction, resource, notResource, conditions } = statement
  const condition = conditionBlock(conditions)
  return {
    Effect: effect,
    ...(action ? { Action: action } : { NotAction: notAction }),
    ...(resource ? { Resource: resource } : { NotResource: notResource }),
    ...(condition ? { Condition: condition } : {}),
  }
}
