import type { Properties, Value } from '../resource-type.ts'
import type { ParameterDeclaration } from './template.ts'
import { formatError, isList, isMap, textOf } from './values.ts'

const plain = 'String|Number|List<Number>|List<String>|CommaDelimitedList'
const ofAws = 'AWS::(?:EC2|Route53)(?:::[A-Za-z0-9]+)+'
const typePattern = new RegExp(
  `^(?:${plain}|${ofAws}|List<${ofAws}>|AWS::SSM::Parameter::Name|AWS::SSM::Parameter::Value<(?:String|List<String>|CommaDelimitedList|${ofAws}|List<${ofAws}>)>)$`,
)

/** One parameter of a template, its constraints found to make sense. */
export function readParameter(name: string, raw: Value): ParameterDeclaration {
  if (!isMap(raw)) throw formatError('Any Parameters member must be an object.')
  const unknown = Object.keys(raw).find((member) => !members.has(member))
  if (unknown !== undefined) throw formatError(`Invalid template parameter property '${unknown}'`)
  const type = raw.Type
  if (typeof type !== 'string') throw formatError('Every Parameters object must contain a Type member.')
  if (!typePattern.test(type)) throw formatError(`Unrecognized parameter type: ${type}`)
  const allowedPattern = textMember(raw, 'AllowedPattern')
  if (allowedPattern !== undefined) checkPattern(name, allowedPattern)
  const description = textMember(raw, 'Description')
  const constraintDescription = textMember(raw, 'ConstraintDescription')
  const fallback = textMember(raw, 'Default')
  const allowedValues = allowedValuesOf(raw.AllowedValues)
  return {
    type,
    noEcho: String(raw.NoEcho ?? false).toLowerCase() === 'true',
    ...(description !== undefined && { description }),
    ...(fallback !== undefined && { default: fallback }),
    ...(allowedValues !== undefined && { allowedValues }),
    ...(allowedPattern !== undefined && { allowedPattern }),
    ...(constraintDescription !== undefined && { constraintDescription }),
    ...bound(raw, 'MinLength', 'minLength'),
    ...bound(raw, 'MaxLength', 'maxLength'),
    ...bound(raw, 'MinValue', 'minValue'),
    ...bound(raw, 'MaxValue', 'maxValue'),
  }
}

const members: ReadonlySet<string> = new Set([
  ...['AllowedPattern', 'AllowedValues', 'ConstraintDescription', 'Default', 'Description', 'MaxLength', 'MaxValue'],
  ...['MinLength', 'MinValue', 'NoEcho', 'Type'],
])

function textMember(raw: Properties, member: string): string | undefined {
  const value = raw[member]
  if (value === undefined) return undefined
  const text = textOf(value)
  if (text === undefined) throw formatError(`Every ${member} member must be a string.`)
  return text
}

function allowedValuesOf(raw: Value | undefined): readonly string[] | undefined {
  if (raw === undefined) return undefined
  const values = isList(raw) ? raw.map(textOf).filter((value) => value !== undefined) : []
  if (!isList(raw) || values.length !== raw.length) throw formatError('Every AllowedValues member must be a list.')
  return values
}

function bound<Name extends string>(raw: Properties, member: string, name: Name): { readonly [K in Name]?: number } {
  const text = textMember(raw, member)
  if (text === undefined) return {}
  const number = Number(text)
  if (text.trim() === '' || !Number.isFinite(number)) throw formatError(`Every ${member} member must be a number.`)
  return { [name]: number } as { readonly [K in Name]?: number }
}

function checkPattern(name: string, pattern: string): void {
  try {
    new RegExp(pattern)
  } catch {
    throw formatError(`The AllowedPattern of parameter ${name} is not a regular expression.`)
  }
}
