import { Fault } from '../fault.ts'

/** A stretch of an object, the last byte included. */
export interface ByteRange {
  readonly first: number
  readonly last: number
}

/**
 * The range a Range header asks for. Undefined when the whole is to be sent: no header, one that is not a byte range,
 * or several ranges, which S3 does not serve. Throws InvalidRange when nothing of it is there.
 */
export function rangeOf(text: string | undefined, size: number): ByteRange | undefined {
  const [, from = '', to = ''] = /^bytes=(\d*)-(\d*)$/.exec(text?.trim() ?? '') ?? []
  if (text === undefined || (from === '' && to === '')) return undefined
  if (from !== '' && to !== '' && Number(to) < Number(from)) return undefined
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (first >= size)
    throw new Fault('InvalidRange', 416, 'The requested range is not satisfiable', {
      RangeRequested: text,
      ActualObjectSize: String(size),
    })
  return { first, last }
}
