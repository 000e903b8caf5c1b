import { validationError } from '../fault.ts'
import type { Output } from '../service.ts'

/** One page of a list under its member's name, at most 100 items; the token says how many went before. */
export function page<T>(member: string, items: readonly T[], view: (item: T) => unknown, token?: string): Output {
  const from = token === undefined ? 0 : Number(/^from-(\d{1,9})$/.exec(token)?.[1] ?? Number.NaN)
  if (Number.isNaN(from)) throw validationError('The NextToken provided is not valid')
  const end = from + 100
  return { [member]: items.slice(from, end).map(view), ...(end < items.length && { NextToken: `from-${end}` }) }
}
