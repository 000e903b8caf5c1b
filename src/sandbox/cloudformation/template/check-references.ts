import type { Value } from '../resource-type.ts'
import { type Reference, referencesIn } from './references.ts'
import type { Template } from './template.ts'
import { formatError, isList, isMap, templateError } from './values.ts'

/** Refuses a template in which something leads nowhere, or that refers to resources before there are any. */
export function checkReferences(template: Template): void {
  for (const [name, condition] of Object.entries(template.conditions)) checkCondition(template, name, condition)
  for (const rule of Object.values(template.rules))
    for (const raw of [rule.condition ?? null, ...rule.assertions.map(({ assert }) => assert)])
      checkWithoutResources(template, raw, 'Rules')
  const ofResources = Object.values(template.resources).flatMap((resource) => [
    ...resource.dependsOn.filter((name) => !Object.hasOwn(template.resources, name)),
    ...unresolved(template, [resource.properties, resource.metadata ?? null]),
  ])
  refuseUnresolved(ofResources, 'Resources')
  const outputs = Object.values(template.outputs)
  refuseUnresolved(
    outputs.flatMap(({ value, exportName = null }) => unresolved(template, [value, exportName])),
    'Outputs',
  )
  for (const { condition } of [...Object.values(template.resources), ...outputs])
    if (condition !== undefined && !Object.hasOwn(template.conditions, condition))
      throw formatError(`Unresolved condition dependency ${condition}`)
}

/** In AWS's words: these names stand for nothing. */
export function refuseUnresolved(names: readonly string[], block: string): void {
  if (names.length === 0) return
  const list = [...new Set(names)].join(', ')
  throw formatError(`Unresolved resource dependencies [${list}] in the ${block} block of the template`)
}

function unresolved(template: Template, raws: readonly Value[]): readonly string[] {
  return referencesIn(raws).flatMap((reference) => {
    if (reference.by === 'If') checkConditionName(template, reference.name)
    if (reference.by === 'GetAtt' || reference.by === 'SubAttribute') checkAttribute(template, reference)
    const plain = reference.by === 'Ref' || reference.by === 'Sub'
    return plain && !isValueName(template, reference.name) && !Object.hasOwn(template.resources, reference.name)
      ? [reference.name]
      : []
  })
}

function checkAttribute(template: Template, reference: Reference & { readonly attribute: string }): void {
  if (Object.hasOwn(template.resources, reference.name)) return
  throw templateError(
    reference.by === 'GetAtt'
      ? `instance of Fn::GetAtt references undefined resource ${reference.name}`
      : `instance of Fn::Sub references invalid resource attribute ${reference.name}.${reference.attribute}`,
  )
}

function checkConditionName(template: Template, name: string): void {
  if (!Object.hasOwn(template.conditions, name))
    throw templateError(`unresolved condition dependency ${name} in Fn::If`)
}

const pseudoParameters: ReadonlySet<string> = new Set([
  ...['AWS::AccountId', 'AWS::NotificationARNs', 'AWS::NoValue', 'AWS::Partition', 'AWS::Region', 'AWS::StackId'],
  ...['AWS::StackName', 'AWS::URLSuffix'],
])

const isValueName = (template: Template, name: string): boolean =>
  pseudoParameters.has(name) || Object.hasOwn(template.parameters, name)

function checkWithoutResources(template: Template, raw: Value, block: string): void {
  const names = referencesIn(raw)
    .filter(({ by, name }) => by !== 'If' && !isValueName(template, name))
    .map(({ name }) => name)
  if (names.length > 0)
    throw formatError(
      `Unresolved dependencies [${[...new Set(names)].join(', ')}]. Cannot reference resources in the ${block} block of the template`,
    )
}

function checkCondition(template: Template, name: string, raw: Value): void {
  checkWithoutResources(template, raw, 'Conditions')
  const seen = new Set<string>()
  const visit = (at: string, path: readonly string[]): void => {
    if (path.includes(at)) throw formatError(`Circular dependency between conditions: [${path.join(', ')}]`)
    if (seen.has(at)) return
    seen.add(at)
    const next = template.conditions[at]
    for (const used of conditionsIn(next ?? null)) {
      if (!Object.hasOwn(template.conditions, used))
        throw formatError(`Unresolved condition dependency ${used} in the Conditions block of the template`)
      visit(used, [...path, at])
    }
  }
  visit(name, [])
}

/** The conditions that a condition leans on, `{ Condition: Name }`. */
function conditionsIn(raw: Value): readonly string[] {
  if (isList(raw)) return raw.flatMap(conditionsIn)
  if (!isMap(raw)) return []
  const named = raw.Condition
  return typeof named === 'string' && Object.keys(raw).length === 1
    ? [named]
    : [...Object.values(raw).flatMap(conditionsIn), ...ifNames(raw['Fn::If'])]
}

const ifNames = (argument: Value | undefined): readonly string[] =>
  isList(argument) && typeof argument[0] === 'string' ? [argument[0]] : []
