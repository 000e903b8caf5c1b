import { isInRange, parseAddress, parseAddressRange } from './address.ts'
import { type ContextLookup, compileLookup } from './context.ts'
import type { Condition, PolicyDocument, Statement } from './document.ts'
import { compileArn, compileEquals, compileLike, type Matcher } from './matcher.ts'
import { parseDate, parseNumber } from './moment.ts'
import { type Operator, parseOperator } from './operator.ts'
import type { RequestContext } from './question.ts'

/** One condition made ready. */
export interface CompiledCondition {
  readonly condition: Condition
  readonly lookup: ContextLookup
  readonly holds: (context: RequestContext) => boolean
}

/**
 * Makes a condition ready. An operator IAM does not have (possible only in a document that was never parsed) holds in a
 * Deny and fails in an Allow.
 */
export function compileCondition(
  condition: Condition,
  version: PolicyDocument['version'],
  effect: Statement['effect'],
): CompiledCondition {
  const operator = parseOperator(condition.operator)
  const lookup = compileLookup(condition.key)
  if (operator === undefined) return { condition, lookup, holds: () => effect === 'Deny' }
  const holds =
    operator.family === 'null' ? holdsNull(condition, lookup) : holdsValue(operator, condition, version, lookup)
  return { condition, lookup, holds }
}

function holdsNull(condition: Condition, lookup: ContextLookup): CompiledCondition['holds'] {
  const wanted = condition.values.map((value) => value.toLowerCase() === 'true')
  return (context) => wanted.includes(lookup(context) === undefined)
}

function holdsValue(
  operator: Operator,
  condition: Condition,
  version: PolicyDocument['version'],
  lookup: ContextLookup,
): CompiledCondition['holds'] {
  const { negated, set } = operator
  const matches = anyOf(condition.values.map((value) => compileValue(operator, value, version)))
  // What an absent key means: nothing to object to for ForAllValues, nothing found for ForAnyValue; else a negated
  // operator holds ("not equal to x" is true of nothing) and a positive one fails.
  const whenAbsent = operator.ifExists || (set === undefined ? negated : set === 'all')
  return (context) => {
    const found = lookup(context)
    if (found === undefined) return whenAbsent
    if (typeof found === 'string') return (set === 'all' && found === '') || matches(found, context) !== negated
    const one = (value: string) => matches(value, context)
    if (set === 'all') return negated ? !found.some(one) : found.every(one)
    if (set === 'any') return negated ? !found.every(one) : found.some(one)
    // AWS leaves open what a single-valued operator makes of several values: any match counts as one.
    return found.some(one) !== negated
  }
}

function anyOf(matchers: readonly Matcher[]): Matcher {
  const [first, ...rest] = matchers
  if (first === undefined) return () => false
  if (rest.length === 0) return first
  return (value, context) => {
    for (const matches of matchers) if (matches(value, context)) return true
    return false
  }
}

function compileValue(operator: Operator, value: string, version: PolicyDocument['version']): Matcher {
  switch (operator.family) {
    case 'arn':
      return compileArn(value, version)
    case 'string':
      return operator.comparison === 'like'
        ? compileLike(value, version)
        : compileEquals(value, version, operator.comparison === 'equals-ignore-case')
    case 'numeric':
      return compileOrdered(operator, value, parseNumber)
    case 'date':
      return compileOrdered(operator, value, parseDate)
    case 'address':
      return compileAddress(value)
    case 'binary': {
      const wanted = value.replace(/=+$/, '')
      return (candidate) => candidate.replace(/={1,2}$/, '') === wanted
    }
    default: {
      const wanted = value.toLowerCase()
      return (candidate) => candidate === wanted || candidate.toLowerCase() === wanted
    }
  }
}

function compileOrdered(operator: Operator, value: string, parse: (text: string) => number | undefined): Matcher {
  const wanted = parse(value)
  const compare = comparisons[operator.comparison]
  return (candidate) => {
    const found = parse(candidate)
    return wanted !== undefined && found !== undefined && compare(found, wanted)
  }
}

const equal = (found: number, wanted: number) => found === wanted

const comparisons: Readonly<Record<Operator['comparison'], (found: number, wanted: number) => boolean>> = {
  equals: equal,
  'equals-ignore-case': equal,
  like: equal,
  less: (found, wanted) => found < wanted,
  'less-or-equal': (found, wanted) => found <= wanted,
  greater: (found, wanted) => found > wanted,
  'greater-or-equal': (found, wanted) => found >= wanted,
}

function compileAddress(value: string): Matcher {
  const range = parseAddressRange(value)
  return (candidate) => {
    const address = parseAddress(candidate)
    return range !== undefined && address !== undefined && isInRange(address, range)
  }
}
