import { validationError } from '../fault.ts'
import { integer, text } from '../shape.ts'

/** Members by which a list is asked for in pages. */
export const paging = { MaxResults: integer({ min: 1, max: 100 }), NextToken: text({ max: 2048 }) }

interface PageRequest {
  readonly MaxResults?: number
  readonly NextToken?: string
}

/** One page of a list, and the token of the next. The token counts; it holds no secret. */
export function pageOf<T>(
  items: readonly T[],
  { MaxResults = 100, NextToken }: PageRequest,
): { readonly items: readonly T[]; readonly next: string | undefined } {
  const from = NextToken === undefined ? 0 : placeIn(NextToken)
  const end = from + MaxResults
  return { items: items.slice(from, end), next: end < items.length ? tokenOf(end) : undefined }
}

const tokenOf = (place: number): string => Buffer.from(`page ${place}`).toString('base64url')

function placeIn(token: string): number {
  const place = Number(/^page (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString())?.[1] ?? Number.NaN)
  if (Number.isNaN(place)) throw validationError('The pagination token is not valid.')
  return place
}
