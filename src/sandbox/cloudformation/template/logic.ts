import type { Fault } from '../../fault.ts'
import type { Value } from '../resource-type.ts'
import type { TemplateFunction, Work } from './functions.ts'
import type { Scope } from './scope.ts'
import { formatError, isList, isMap, own, templateError, textOf } from './values.ts'

/** Whether a condition holds: a function of logic, or another condition by its name. */
export function holds(raw: Value, scope: Scope, work: Work, refusal: () => Fault = notBoolean): boolean {
  const named = isMap(raw) && Object.keys(raw).length === 1 ? raw.Condition : undefined
  if (typeof named === 'string') {
    const known = own(scope.conditions, named)
    if (known === undefined)
      throw formatError(`Unresolved condition dependency ${named} in the Conditions block of the template`)
    return known
  }
  const value = textOf(work(raw, scope))
  if (value === 'true' || value === 'false') return value === 'true'
  throw refusal()
}

const notBoolean = () => formatError('Every Condition member must evaluate to a boolean.')

const equals: TemplateFunction = (argument, scope, work) => {
  const [left, right, more] = isList(argument) ? argument : []
  const refusal = () => templateError('every Fn::Equals object requires a list of 2 string parameters.')
  if (left === undefined || right === undefined || more !== undefined) throw refusal()
  const [one, other] = [work(left, scope), work(right, scope)]
  if (isMap(one) || isMap(other)) throw refusal()
  return comparable(one) === comparable(other)
}

/** Lists equal lists of the same strings, and `true` equals `"true"`. */
const comparable = (value: Value | undefined): string =>
  isList(value) ? JSON.stringify(value.map(textOf)) : `"${textOf(value) ?? ''}"`

const not: TemplateFunction = (argument, scope, work) => {
  const [only, more] = isList(argument) ? argument : []
  const refusal = () => templateError('every Fn::Not object requires one boolean parameter.')
  if (only === undefined || more !== undefined) throw refusal()
  return !holds(only, scope, work, refusal)
}

const several =
  (name: 'And' | 'Or'): TemplateFunction =>
  (argument, scope, work) => {
    const refusal = () =>
      templateError(`every Fn::${name} object requires a list of at least 2 and at most 10 boolean parameters.`)
    if (!isList(argument) || argument.length < 2 || argument.length > 10) throw refusal()
    const all = argument.map((one) => holds(one, scope, work, refusal))
    return name === 'And' ? all.every(Boolean) : all.some(Boolean)
  }

/** Two lists of strings, or a list and a string, of a rule's function. */
function strings(argument: Value, scope: Scope, work: Work, refusal: () => Fault): readonly (readonly string[])[] {
  if (!isList(argument) || argument.length !== 2) throw refusal()
  return argument.map((one) => {
    const value = work(one, scope)
    return (isList(value) ? value : [value ?? null]).map((item) => {
      const text = textOf(item)
      if (text === undefined) throw refusal()
      return text
    })
  })
}

const members =
  (name: string, test: (left: readonly string[], right: readonly string[]) => boolean): TemplateFunction =>
  (argument, scope, work) => {
    const refusal = () => templateError(`every ${name} object requires two parameters, of strings or lists of strings.`)
    const [left = [], right = []] = strings(argument, scope, work, refusal)
    return test(left, right)
  }

const refuse =
  (name: string): TemplateFunction =>
  () => {
    throw templateError(`${name} is not a function the sandbox has.`)
  }

/** The functions of conditions and rules. */
export const logic: Readonly<Record<string, TemplateFunction>> = {
  'Fn::Equals': equals,
  'Fn::Not': not,
  'Fn::And': several('And'),
  'Fn::Or': several('Or'),
  'Fn::Contains': members('Fn::Contains', (list, values) => values.every((value) => list.includes(value))),
  'Fn::EachMemberEquals': members('Fn::EachMemberEquals', (list, [value]) => list.every((item) => item === value)),
  'Fn::EachMemberIn': members('Fn::EachMemberIn', (list, allowed) => list.every((item) => allowed.includes(item))),
  'Fn::RefAll': refuse('Fn::RefAll'),
  'Fn::ValueOf': refuse('Fn::ValueOf'),
  'Fn::ValueOfAll': refuse('Fn::ValueOfAll'),
}
