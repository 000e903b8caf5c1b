import { isRecord } from '../../policy/field.ts'
import type { Wish } from './change-set.ts'
import type { FilledResources } from './plan.ts'

/** What a template's parameters and pseudo parameters hold. */
type Values = Readonly<Record<string, string>>

/**
 * The properties that a template's resources will have, with its parameters filled in: what a change set itself does not
 * show. It knows the functions that the templates of setup use, and leaves others as they stand. References to other
 * resources are their logical ids, as no resource has an id before it is there.
 */
export function filledResources(
  wish: Pick<Wish, 'template' | 'parameters'>,
  previous: Values,
  pseudo: Values,
): FilledResources {
  const template: unknown = JSON.parse(wish.template)
  const defaults = Object.entries(recordIn(template, 'Parameters')).flatMap(([name, declared]) =>
    isRecord(declared) && declared.Default !== undefined ? [[name, String(declared.Default)]] : [],
  )
  const values = { ...Object.fromEntries(defaults), ...previous, ...wish.parameters, ...pseudo }
  const lists = Object.entries(recordIn(template, 'Parameters')).flatMap(([name, declared]) =>
    isRecord(declared) && declared.Type === 'CommaDelimitedList' ? [name] : [],
  )
  const scope: Scope = { values, lists, conditions: recordIn(template, 'Conditions') }
  return Object.fromEntries(
    Object.entries(recordIn(template, 'Resources')).map(([id, resource]) => {
      const properties = fill(recordIn(resource, 'Properties'), scope)
      return [id, isRecord(properties) ? properties : {}]
    }),
  )
}

interface Scope {
  readonly values: Values
  readonly lists: readonly string[]
  readonly conditions: Readonly<Record<string, unknown>>
}

const recordIn = (value: unknown, key: string): Readonly<Record<string, unknown>> => {
  const found = isRecord(value) ? value[key] : undefined
  return isRecord(found) ? found : {}
}

/** The value with its functions worked out; undefined for one that is not to be there (AWS::NoValue). */
function fill(value: unknown, scope: Scope): unknown {
  if (Array.isArray(value)) return value.map((one) => fill(one, scope)).filter((one) => one !== undefined)
  if (!isRecord(value)) return value
  const [[name, given] = ['', undefined], ...more] = Object.entries(value)
  const work = more.length === 0 ? functions[name] : undefined
  if (work) return work(given, scope)
  const members = Object.entries(value).map(([key, one]) => [key, fill(one, scope)] as const)
  return Object.fromEntries(members.filter(([, one]) => one !== undefined))
}

const functions: Readonly<Record<string, (given: unknown, scope: Scope) => unknown>> = {
  Ref: (given, { values, lists }) => {
    const name = String(given)
    if (name === 'AWS::NoValue') return undefined
    const value = values[name] ?? name
    return lists.includes(name) ? value.split(',').filter((one) => one !== '') : value
  },
  'Fn::GetAtt': (given) => textsIn(given).join('.'),
  'Fn::Join': (given, scope) => {
    const [by, parts] = Array.isArray(given) ? given : []
    return textsIn(fill(parts, scope)).join(String(by))
  },
  'Fn::If': (given, scope) => {
    const [condition, then, otherwise] = Array.isArray(given) ? given : []
    return fill(holds(scope.conditions[String(condition)], scope) ? then : otherwise, scope)
  },
}

const textsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

function holds(condition: unknown, scope: Scope): boolean {
  if (!isRecord(condition)) return false
  const { 'Fn::Not': not, 'Fn::Equals': equals } = condition
  if (Array.isArray(not)) return !holds(not[0], scope)
  const [left, right] = Array.isArray(equals) ? equals.map((side) => JSON.stringify(fill(side, scope))) : []
  return left === right
}
