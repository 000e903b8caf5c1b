import { Token } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'
import { Refusal } from './refusal.ts'

/** One value, or several of which any will do. */
export type OneOrMore = string | readonly string[]

export const listOf = (values: OneOrMore): readonly string[] => (typeof values === 'string' ? [values] : values)

/** The values as a policy condition has them: alone, or in a list. */
export const conditionValue = (values: OneOrMore): string | string[] => {
  const [only = '', ...others] = listOf(values)
  return others.length === 0 ? only : [only, ...others]
}

/** Values that a trust policy compares as they are written: none may be empty, and a wildcard is not one. */
export function checkExact(scope: IConstruct, what: string, values: OneOrMore): void {
  const all = listOf(values)
  if (all.length === 0)
    throw new Refusal(scope, `${what} names nobody: without it the role would trust everyone it can.`)
  for (const value of all) {
    if (Token.isUnresolved(value)) continue
    if (value.trim() === '') throw new Refusal(scope, `${what} has an empty value in it, which stands for nobody.`)
    if (value.includes('${'))
      throw new Refusal(
        scope,
        `${what} has a policy variable in it: ${JSON.stringify(value)}. Write out who it stands for.`,
      )
    if (/[*?]/.test(value))
      throw new Refusal(
        scope,
        `${what} has a wildcard in it: ${JSON.stringify(value)}. Whoever can make a name that fits would get the role. ` +
          'Name each one that may.',
      )
  }
}

/** Conditions that each compare exactly, by key. */
export const exactly = (values: Readonly<Record<string, OneOrMore>>): Record<string, string | string[]> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, conditionValue(value)]))
