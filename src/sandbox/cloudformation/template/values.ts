import { type Fault, validationError } from '../../fault.ts'
import type { Properties, Value } from '../resource-type.ts'

/** The template is not built as templates are. */
export const formatError = (message: string): Fault => validationError(`Template format error: ${message}`)

/** A function in the template cannot be worked out. */
export const templateError = (message: string): Fault => validationError(`Template error: ${message}`)

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value)

export const isMap = (value: Value | undefined): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What stands under a name, and nothing that an object inherits. */
export const own = <T>(record: Readonly<Record<string, T>>, name: string): T | undefined =>
  Object.hasOwn(record, name) ? record[name] : undefined

/** Scalars as CloudFormation writes them; undefined for lists, maps and null. */
export const textOf = (value: Value | undefined): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined

/** A function call, `{ 'Fn::Name': argument }`; undefined for anything else. */
export function callOf(value: Value): { readonly name: string; readonly argument: Value } | undefined {
  if (!isMap(value)) return undefined
  const [entry, more] = Object.entries(value)
  if (entry === undefined || more !== undefined) return undefined
  const [name, argument] = entry
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined
}

/** A logical id and an attribute, from `[a, b.c]` or `a.b.c`. */
export function attributeParts(argument: Value): { readonly logicalId: string; readonly attribute: Value } {
  const dot = typeof argument === 'string' ? argument.indexOf('.') : -1
  const [logicalId, attribute, more] = isList(argument)
    ? argument
    : typeof argument === 'string' && dot > 0
      ? [argument.slice(0, dot), argument.slice(dot + 1)]
      : []
  if (typeof logicalId === 'string' && logicalId !== '' && more === undefined)
    if ((typeof attribute === 'string' && attribute !== '') || isMap(attribute)) return { logicalId, attribute }
  throw templateError(
    'every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute',
  )
}
