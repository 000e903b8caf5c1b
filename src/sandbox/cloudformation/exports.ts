import type { Cloud } from '../cloud.ts'
import { validationError } from '../fault.ts'
import { cloudFormationState, type Stack, type StackOutput } from './state.ts'

export interface Export {
  readonly name: string
  readonly value: string
  readonly stack: Stack
}

type Place = Pick<Stack, 'accountId' | 'region'>

const stacksIn = (cloud: Cloud, place: Place): readonly Stack[] =>
  [...cloudFormationState(cloud).stacks.values()].filter(
    ({ accountId, region, status }) =>
      accountId === place.accountId && region === place.region && status !== 'DELETE_COMPLETE',
  )

/** What the stacks of an account and region export. */
export const exportsIn = (cloud: Cloud, place: Place): readonly Export[] =>
  stacksIn(cloud, place).flatMap((stack) =>
    stack.outputs.flatMap(({ exportName, value }) =>
      exportName === undefined ? [] : [{ name: exportName, value, stack }],
    ),
  )

/** The stacks that use an export. */
export const importersOf = (cloud: Cloud, place: Place, name: string): readonly Stack[] =>
  stacksIn(cloud, place).filter(({ imports }) => imports.includes(name))

export function importedValue(cloud: Cloud, place: Place, name: string): string {
  const found = exportsIn(cloud, place).find((one) => one.name === name)
  if (found) return found.value
  throw validationError(`No export named ${name} found.`)
}

const inWords = (names: readonly string[]): string =>
  [names.slice(0, -1).join(', '), ...names.slice(-1)].filter((part) => part !== '').join(' and ')

/** Refuses outputs that take another stack's export name, or take away or change what other stacks use. */
export function checkExports(cloud: Cloud, stack: Stack, outputs: readonly StackOutput[]): void {
  const others = exportsIn(cloud, stack).filter((one) => one.stack.id !== stack.id)
  for (const { exportName } of outputs) {
    const taken = others.find(({ name }) => name === exportName)
    if (taken) throw validationError(`Export with name ${taken.name} is already exported by stack ${taken.stack.name}.`)
  }
  for (const { exportName, value } of stack.outputs) {
    if (exportName === undefined) continue
    const users = importersOf(cloud, stack, exportName).filter(({ id }) => id !== stack.id)
    if (users.length === 0) continue
    const after = outputs.find((output) => output.exportName === exportName)
    if (after?.value === value) continue
    const names = inWords(users.map(({ name }) => name))
    const refused = after ? 'Cannot update' : 'Delete canceled. Cannot delete'
    throw validationError(`${refused} export ${exportName} as it is in use by ${names}.`)
  }
}
