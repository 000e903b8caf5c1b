import { createHash } from 'node:crypto'
import { validationError } from '../fault.ts'
import type { Output } from '../service.ts'

interface PageRequest {
  readonly Marker?: string
  readonly MaxItems?: number
}

/**
 * One page of a list under its member's name, in the order of `keyOf`, with IsTruncated and Marker; 100 items unless
 * asked otherwise. The marker holds the last key given, so what comes and goes between two pages is neither skipped
 * nor told twice.
 */
export function page<T>(
  member: string,
  items: Iterable<T>,
  keyOf: (item: T) => string,
  view: (item: T) => unknown,
  request: PageRequest,
): Output {
  const after = request.Marker === undefined ? undefined : keyIn(request.Marker)
  const keyed = Array.from(items, (item) => ({ item, key: bounded(keyOf(item)) }))
    .filter(({ key }) => after === undefined || key > after)
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  const most = request.MaxItems ?? 100
  const shown = keyed.slice(0, most)
  const last = shown.at(-1)
  const truncated = keyed.length > most && last !== undefined
  return {
    [member]: shown.map(({ item }) => view(item)),
    IsTruncated: truncated,
    ...(truncated && { Marker: markerOf(last.key) }),
  }
}

/** A marker has 320 characters at most, and a key may be longer: its beginning and a digest keep it apart from others. */
const bounded = (key: string): string =>
  Buffer.byteLength(key) <= 224 ? key : key.slice(0, 40).toWellFormed() + createHash('sha256').update(key).digest('hex')

const markerOf = (key: string): string => Buffer.from(key).toString('base64')

function keyIn(marker: string): string {
  const key = Buffer.from(marker, 'base64').toString()
  if (markerOf(key) !== marker) throw validationError('Invalid Marker.')
  return key
}
