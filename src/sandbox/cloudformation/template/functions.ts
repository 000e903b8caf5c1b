import type { Fault } from '../../fault.ts'
import type { Value } from '../resource-type.ts'
import { logic } from './logic.ts'
import { ifArguments, subArguments } from './references.ts'
import type { Scope } from './scope.ts'
import { subParts } from './sub-text.ts'
import { attributeParts, isList, isMap, own, templateError, textOf } from './values.ts'

/** Works out what stands inside; undefined where nothing does. */
export type Work = (raw: Value, scope: Scope) => Value | undefined

/** A function of the template language. */
export type TemplateFunction = (argument: Value, scope: Scope, work: Work) => Value | undefined

const ref: TemplateFunction = (argument, scope) => {
  if (typeof argument !== 'string') throw templateError('every Ref object must have a single String value.')
  return argument === 'AWS::NoValue' ? undefined : named(argument, scope)
}

/** Parameters, pseudo parameters and resources share one space of names. */
function named(name: string, scope: Scope): Value {
  return own(scope.parameters, name)?.value ?? own(scope.pseudo, name) ?? scope.refOf(name)
}

const getAtt: TemplateFunction = (argument, scope, work) => {
  const { logicalId, attribute } = attributeParts(argument)
  return scope.attributeOf(logicalId, mustBeText(work(attribute, scope), attributeError))
}
const attributeError = () => templateError('the attribute of every Fn::GetAtt object must be a string')

const sub: TemplateFunction = (argument, scope, work) => {
  const { text, variables } = subArguments(argument)
  const pieces = subParts(text).map((part) => {
    if ('literal' in part) return part.literal
    const given = own(variables, part.variable)
    const [name = '', ...attribute] = part.variable.split('.')
    const value =
      given !== undefined
        ? work(given, scope)
        : attribute.length > 0
          ? scope.attributeOf(name, attribute.join('.'))
          : named(name, scope)
    return mustBeText(value, () => templateError('Fn::Sub expression does not resolve to a string'))
  })
  return pieces.join('')
}

const join: TemplateFunction = (argument, scope, work) => {
  const [delimiter, list, more] = isList(argument) ? argument : []
  const items = list === undefined ? undefined : work(list, scope)
  if (typeof delimiter !== 'string' || !isList(items) || more !== undefined) throw joinError()
  return items.map((item) => mustBeText(item, joinError)).join(delimiter)
}
const joinError = () =>
  templateError(
    'every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined.',
  )

const split: TemplateFunction = (argument, scope, work) => {
  const [delimiter, text, more] = isList(argument) ? argument : []
  const source = text === undefined ? undefined : work(text, scope)
  if (typeof delimiter !== 'string' || delimiter === '' || typeof source !== 'string' || more !== undefined)
    throw templateError(
      'every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a function that returns a string to be split.',
    )
  return source.split(delimiter)
}

const select: TemplateFunction = (argument, scope, work) => {
  const [at, list, more] = isList(argument) ? argument : []
  const index = at === undefined ? undefined : textOf(work(at, scope))
  const items = list === undefined ? undefined : work(list, scope)
  if (index === undefined || !isList(items) || more !== undefined)
    throw templateError('Fn::Select requires a list argument with two elements: an integer index and a list')
  const item = /^\d+$/.test(index) ? items[Number(index)] : undefined
  if (item === undefined) throw templateError(`Fn::Select cannot select nonexistent value at index ${index}`)
  return item
}

const choose: TemplateFunction = (argument, scope, work) => {
  const { condition, whenTrue, whenFalse } = ifArguments(argument)
  const holds = own(scope.conditions, condition)
  if (holds === undefined) throw templateError(`unresolved condition dependency ${condition} in Fn::If`)
  return work(holds ? whenTrue : whenFalse, scope)
}

const findInMap: TemplateFunction = (argument, scope, work) => {
  const [map, key, attribute, otherwise, more] = isList(argument) ? argument : []
  const parts = [map, key, attribute].map((part) => (part === undefined ? undefined : textOf(work(part, scope))))
  const [mapName, first, second] = parts
  const fallback = isMap(otherwise) ? otherwise.DefaultValue : undefined
  if (mapName === undefined || first === undefined || second === undefined || more !== undefined)
    throw templateError(
      'every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value',
    )
  const mapping = own(scope.mappings, mapName)
  const found = mapping && own(own(mapping, first) ?? {}, second)
  if (found !== undefined) return found
  if (fallback !== undefined) return work(fallback, scope)
  throw mapping === undefined
    ? templateError(`Mapping named '${mapName}' is not present in the 'Mappings' section of template.`)
    : templateError(`Unable to get mapping for ${mapName}::${first}::${second}`)
}

const importValue: TemplateFunction = (argument, scope, work) =>
  scope.importValue(
    mustBeText(work(argument, scope), () => templateError('every Fn::ImportValue object must have a String value.')),
  )

const base64: TemplateFunction = (argument, scope, work) => {
  const text = mustBeText(work(argument, scope), () =>
    templateError('every Fn::Base64 object must have a String-typed value.'),
  )
  return Buffer.from(text).toString('base64')
}

const length: TemplateFunction = (argument, scope, work) => {
  const items = work(argument, scope)
  if (isList(items)) return items.length
  throw templateError('every Fn::Length object requires a list.')
}

const toJsonString: TemplateFunction = (argument, scope, work) => {
  const value = work(argument, scope)
  if (isList(value) || isMap(value)) return JSON.stringify(value)
  throw templateError('every Fn::ToJsonString object requires a map or a list.')
}

const zones: TemplateFunction = (argument, scope, work) => {
  const asked = work(argument, scope)
  if (typeof asked !== 'string') throw templateError('every Fn::GetAZs object requires one string parameter.')
  const region = asked === '' ? textOf(scope.pseudo['AWS::Region']) : asked
  return ['a', 'b', 'c'].map((zone) => `${region}${zone}`)
}

function mustBeText(value: Value | undefined, refusal: () => Fault): string {
  const text = textOf(value)
  if (text === undefined) throw refusal()
  return text
}

/** By the names that stand in templates. Those that the sandbox does not have are refused by name. */
export const functions: Readonly<Record<string, TemplateFunction>> = {
  Ref: ref,
  'Fn::GetAtt': getAtt,
  'Fn::Sub': sub,
  'Fn::Join': join,
  'Fn::Split': split,
  'Fn::Select': select,
  'Fn::If': choose,
  'Fn::FindInMap': findInMap,
  'Fn::ImportValue': importValue,
  'Fn::Base64': base64,
  'Fn::Length': length,
  'Fn::ToJsonString': toJsonString,
  'Fn::GetAZs': zones,
  ...logic,
}
