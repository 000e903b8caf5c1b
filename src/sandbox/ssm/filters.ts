import { Fault } from '../fault.ts'
import type { Parameter } from './state.ts'

export interface Filter {
  readonly Key: string
  readonly Option?: string
  readonly Values?: readonly string[]
}

type Test = (value: string, wanted: string) => boolean

const tests: Readonly<Record<string, Test>> = {
  Equals: (value, wanted) => value === wanted,
  BeginsWith: (value, wanted) => value.startsWith(wanted),
  Contains: (value, wanted) => value.includes(wanted),
}

/** What stands below a path: all, or what is next to it. */
const pathTests: Readonly<Record<string, Test>> = {
  Recursive: (value, wanted) => below(value, wanted) !== undefined,
  OneLevel: (value, wanted) => below(value, wanted)?.includes('/') === false,
}

function below(name: string, path: string): string | undefined {
  const start = `${path.replace(/\/$/, '')}/`
  return name.startsWith(start) ? name.slice(start.length) : undefined
}

const values: Readonly<Record<string, (parameter: Parameter) => string | undefined>> = {
  Name: ({ name }) => name,
  Path: ({ name }) => name,
  Type: ({ versions }) => versions.at(-1)?.type,
  KeyId: ({ versions }) => versions.at(-1)?.keyId,
  Tier: ({ versions }) => versions.at(-1)?.tier,
  DataType: ({ versions }) => versions.at(-1)?.dataType,
}

/** Whether a parameter passes a filter of DescribeParameters. Throws InvalidFilterKey and InvalidFilterOption. */
export function passes(parameter: Parameter, { Key, Option, Values = [] }: Filter): boolean {
  const tag = Key.startsWith('tag:') ? Key.slice('tag:'.length) : undefined
  const read = tag === undefined ? values[Key] : ({ tags }: Parameter) => tags[tag]
  if (!read) throw new Fault('InvalidFilterKey', 400, `The following filter key is not valid: ${Key}.`)
  const [all, usual] = Key === 'Path' ? [pathTests, 'OneLevel'] : [tests, 'Equals']
  const test = all[Option ?? usual]
  if (!test) throw new Fault('InvalidFilterOption', 400, `The following filter option is not valid: ${Option}.`)
  const value = read(parameter)
  return value !== undefined && Values.some((wanted) => test(value, wanted))
}
