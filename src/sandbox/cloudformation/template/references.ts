import type { Properties, Value } from '../resource-type.ts'
import { subParts } from './sub-text.ts'
import { attributeParts, callOf, isList, isMap, own, templateError } from './values.ts'

/** Something that a part of a template leads to, and by which function. */
export type Reference =
  | { readonly by: 'Ref' | 'Sub' | 'If'; readonly name: string }
  | { readonly by: 'GetAtt' | 'SubAttribute'; readonly name: string; readonly attribute: string }

/** All references of a part of a template; with conditions worked out, only those of the branches taken. */
export function referencesIn(raw: Value, conditions?: Readonly<Record<string, boolean>>): readonly Reference[] {
  const found: Reference[] = []
  const walk = (value: Value): void => {
    if (isList(value)) value.forEach(walk)
    else if (isMap(value)) walkMap(value)
  }
  const walkMap = (map: Properties): void => {
    const call = callOf(map)
    Object.keys(map).forEach(refuseAbsent)
    if (call === undefined) Object.values(map).forEach(walk)
    else walkCall(call.name, call.argument)
  }
  const walkCall = (name: string, argument: Value): void => {
    if (!functions.has(name)) throw unsupported(name)
    if (name === 'Ref') {
      if (typeof argument !== 'string') throw templateError('every Ref object must have a single String value.')
      found.push({ by: 'Ref', name: argument })
    } else if (name === 'Fn::GetAtt') {
      const { logicalId, attribute } = attributeParts(argument)
      found.push({ by: 'GetAtt', name: logicalId, attribute: typeof attribute === 'string' ? attribute : '' })
      walk(attribute)
    } else if (name === 'Fn::Sub') walkSub(argument)
    else if (name === 'Fn::If') walkIf(argument)
    else walk(argument)
  }
  const walkSub = (argument: Value): void => {
    const { text, variables } = subArguments(argument)
    walk(Object.values(variables))
    for (const part of subParts(text)) {
      if ('literal' in part || Object.hasOwn(variables, part.variable)) continue
      const [name = '', ...attribute] = part.variable.split('.')
      if (attribute.length === 0) found.push({ by: 'Sub', name })
      else found.push({ by: 'SubAttribute', name, attribute: attribute.join('.') })
    }
  }
  const walkIf = (argument: Value): void => {
    const { condition, whenTrue, whenFalse } = ifArguments(argument)
    found.push({ by: 'If', name: condition })
    const holds = conditions && own(conditions, condition)
    if (holds !== false) walk(whenTrue)
    if (holds !== true) walk(whenFalse)
  }
  walk(raw)
  return found
}

/** The text of an Fn::Sub, and what it names besides parameters and resources. */
export function subArguments(argument: Value): { readonly text: string; readonly variables: Properties } {
  const [text, variables, more] = isList(argument) ? argument : [argument]
  if (typeof text === 'string' && (variables === undefined || isMap(variables)) && more === undefined)
    return { text, variables: isMap(variables) ? variables : {} }
  throw templateError(
    "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first argument, and an optional second argument to specify a mapping of values to replace in the string",
  )
}

/** The name of a condition, and what it chooses from. */
export function ifArguments(argument: Value): {
  readonly condition: string
  readonly whenTrue: Value
  readonly whenFalse: Value
} {
  const [condition, whenTrue, whenFalse, more] = isList(argument) ? argument : []
  if (typeof condition === 'string' && whenTrue !== undefined && whenFalse !== undefined && more === undefined)
    return { condition, whenTrue, whenFalse }
  throw templateError('Fn::If requires a list argument with the first element being a condition')
}

const functions: ReadonlySet<string> = new Set([
  ...['Ref', 'Fn::And', 'Fn::Base64', 'Fn::Contains', 'Fn::EachMemberEquals', 'Fn::EachMemberIn'],
  ...['Fn::Equals', 'Fn::FindInMap', 'Fn::GetAtt', 'Fn::GetAZs', 'Fn::If', 'Fn::ImportValue', 'Fn::Join', 'Fn::Length'],
  ...['Fn::Not', 'Fn::Or', 'Fn::RefAll', 'Fn::Select', 'Fn::Split', 'Fn::Sub', 'Fn::ToJsonString'],
  ...['Fn::ValueOf', 'Fn::ValueOfAll'],
])

const supported =
  'Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr'

/** Refuses, by its name, what AWS has and the sandbox has not. It may stand where names of resources or properties do. */
export function refuseAbsent(name: string): void {
  const [absent] = /^Fn::(?:Cidr|ForEach|Transform)(?=$|::)/.exec(name) ?? []
  if (absent !== undefined) throw templateError(`${absent} is not there in the sandbox.`)
}

/** A function that CloudFormation does not have. */
export const unsupported = (name: string) =>
  templateError(`Encountered unsupported function: ${name} Supported functions are: [${supported}]`)
