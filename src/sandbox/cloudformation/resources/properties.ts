import { Fault } from '../../fault.ts'
import type { Properties, Provisioning, ResourceType, Value } from '../resource-type.ts'

/** A property is not what its type says: CloudFormation's own words, before any service is asked. */
export class PropertyFault extends Fault {
  constructor(message: string) {
    super('ValidationError', 400, message)
  }
}

const wrong = (name: string, kind: string): Fault => new PropertyFault(`Value of property ${name} must be ${kind}`)

/** A property as text; numbers and flags are taken as they are written. */
export function textIn(properties: Properties, name: string): string | undefined {
  const value = properties[name] ?? undefined
  if (typeof value === 'object') throw wrong(name, 'of type String')
  return value === undefined ? undefined : String(value)
}

/** The same, of what must be there. */
export function neededText(properties: Properties, name: string): string {
  const text = textIn(properties, name)
  if (text === undefined) throw new PropertyFault(`Property ${name} cannot be empty.`)
  return text
}

/** A list of texts; empty where there is none. */
export function textsIn(properties: Properties, name: string): readonly string[] {
  const value = properties[name] ?? []
  if (!isList(value) || value.some((item) => typeof item === 'object')) throw wrong(name, 'of type List of String')
  return value.map(String)
}

/** A structure. */
export function structureIn(properties: Properties, name: string): Properties | undefined {
  const value = properties[name] ?? undefined
  if (value === undefined) return undefined
  if (!isStructure(value)) throw wrong(name, 'an object')
  return value
}

/** A list of structures; empty where there is none. */
export function structuresIn(properties: Properties, name: string): readonly Properties[] {
  const value = properties[name] ?? []
  if (!isList(value)) throw wrong(name, 'of type List')
  return value.map((item) => {
    if (!isStructure(item)) throw wrong(name, 'an object')
    return item
  })
}

/** A policy document, as the text that goes to the service: templates may write it as a structure or as text. */
export function documentIn(properties: Properties, name: string): string {
  const value = properties[name] ?? undefined
  if (value === undefined) throw new PropertyFault(`Property ${name} cannot be empty.`)
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The resource's own tags and the stack's; those of AWS's own prefix stay with the stack. */
export function tagsIn(properties: Properties, at: Pick<Provisioning, 'tags'>): ReadonlyMap<string, string> {
  const tags = new Map(Object.entries(at.tags).filter(([key]) => !key.startsWith('aws:')))
  for (const tag of structuresIn(properties, 'Tags')) tags.set(neededText(tag, 'Key'), neededText(tag, 'Value'))
  return tags
}

/** The same as they were before an update. */
export const formerTagsIn = (before: Properties, at: Provisioning): ReadonlyMap<string, string> =>
  tagsIn(before, { tags: at.formerTags })

/** Tags as most services take them. */
export const tagList = (tags: ReadonlyMap<string, string>): { readonly Key: string; readonly Value: string }[] =>
  [...tags].map(([Key, Value]) => ({ Key, Value }))

/** Whether two values say the same. */
export const same = (a: Value | undefined, b: Value | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)

/** The type, refusing properties other than these; with `Tags` among them it takes the stack's tags. */
export function knowing(names: readonly string[], type: ResourceType): ResourceType {
  const check = (properties: Properties): void => {
    const stranger = Object.keys(properties).find((name) => !names.includes(name))
    if (stranger !== undefined) throw new PropertyFault(`Encountered unsupported property ${stranger}`)
  }
  return {
    ...type,
    isTagged: names.includes('Tags'),
    create: async (properties, at) => {
      check(properties)
      return type.create(properties, at)
    },
    update: async (properties, before, at) => {
      check(properties)
      return type.update(properties, before, at)
    },
  }
}

const isList = (value: Value): value is readonly Value[] => Array.isArray(value)

const isStructure = (value: Value): value is Properties =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
