import { parseAddressRange } from './address.ts'
import { parseDate, parseNumber } from './moment.ts'

type OperatorFamily = 'string' | 'numeric' | 'date' | 'bool' | 'binary' | 'address' | 'arn' | 'null'

interface OperatorKind {
  readonly family: OperatorFamily
  /** True for the operators that hold when nothing matches (`StringNotEquals`, `NotIpAddress` …). */
  readonly negated: boolean
  readonly comparison:
    | 'equals'
    | 'equals-ignore-case'
    | 'like'
    | 'less'
    | 'less-or-equal'
    | 'greater'
    | 'greater-or-equal'
}

/** A condition operator taken apart. */
export interface Operator extends OperatorKind {
  /** How a multivalued key is asked; absent for single-valued keys. */
  readonly set?: 'all' | 'any'
  readonly ifExists: boolean
}

const kind = (
  family: OperatorFamily,
  comparison: OperatorKind['comparison'] = 'equals',
  negated = false,
): OperatorKind => ({ family, comparison, negated })

const ordered = (family: 'numeric' | 'date', name: 'Numeric' | 'Date'): [string, OperatorKind][] => [
  [`${name}Equals`, kind(family)],
  [`${name}NotEquals`, kind(family, 'equals', true)],
  [`${name}LessThan`, kind(family, 'less')],
  [`${name}LessThanEquals`, kind(family, 'less-or-equal')],
  [`${name}GreaterThan`, kind(family, 'greater')],
  [`${name}GreaterThanEquals`, kind(family, 'greater-or-equal')],
]

const kinds: ReadonlyMap<string, OperatorKind> = new Map([
  ['StringEquals', kind('string')],
  ['StringNotEquals', kind('string', 'equals', true)],
  ['StringEqualsIgnoreCase', kind('string', 'equals-ignore-case')],
  ['StringNotEqualsIgnoreCase', kind('string', 'equals-ignore-case', true)],
  ['StringLike', kind('string', 'like')],
  ['StringNotLike', kind('string', 'like', true)],
  ...ordered('numeric', 'Numeric'),
  ...ordered('date', 'Date'),
  ['Bool', kind('bool')],
  ['BinaryEquals', kind('binary')],
  ['IpAddress', kind('address')],
  ['NotIpAddress', kind('address', 'equals', true)],
  // For ARNs AWS makes no difference between Equals and Like.
  ['ArnEquals', kind('arn', 'like')],
  ['ArnLike', kind('arn', 'like')],
  ['ArnNotEquals', kind('arn', 'like', true)],
  ['ArnNotLike', kind('arn', 'like', true)],
  ['Null', kind('null')],
])

/** Takes apart a condition operator such as `ForAnyValue:StringLikeIfExists`; undefined when IAM has no such operator. */
export function parseOperator(text: string): Operator | undefined {
  const [, prefix, name = '', suffix] = /^(ForAllValues:|ForAnyValue:)?(.*?)(IfExists)?$/s.exec(text) ?? []
  const found = kinds.get(name)
  if (found === undefined || (found.family === 'null' && suffix !== undefined)) return undefined
  const set = prefix === undefined ? {} : { set: prefix === 'ForAllValues:' ? ('all' as const) : ('any' as const) }
  return { ...found, ...set, ifExists: suffix !== undefined }
}

/** Why a value can never be what the operator compares with; undefined when it can. */
export function faultOfValue(operator: Operator, value: string): string | undefined {
  switch (operator.family) {
    case 'numeric':
      return parseNumber(value) === undefined ? 'is not a number' : undefined
    case 'date':
      return parseDate(value) === undefined ? 'is neither a date of ISO 8601 nor seconds since 1970' : undefined
    case 'bool':
    case 'null':
      return /^(true|false)$/i.test(value) ? undefined : 'is neither true nor false'
    case 'binary':
      return /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? undefined : 'is not base64'
    case 'address':
      return parseAddressRange(value) === undefined
        ? 'is neither an IP address nor a range in CIDR notation'
        : undefined
    default:
      return undefined
  }
}
