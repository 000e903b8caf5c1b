import { noSuchKey, notImplemented, preconditionFailed } from './refusals.ts'
import type { S3Request } from './request.ts'
import type { StoredObject } from './state.ts'

type Header = (name: string) => string | undefined

/**
 * Whether a read may go ahead, need not (the reader has it already), or throws PreconditionFailed. `prefix` is empty
 * for the headers of HTTP and `x-amz-copy-source-` for those of a copy. A tag that holds or does not outweighs a date.
 */
export function checkRead(header: Header, object: StoredObject, prefix = ''): 'go' | 'not-modified' {
  const modified = Math.floor(Date.parse(object.modifiedAt) / 1000) * 1000
  const match = header(`${prefix}if-match`)
  const unmodified = instantOf(header(`${prefix}if-unmodified-since`))
  if (match !== undefined) {
    if (!names(match, object.etag)) throw preconditionFailed('If-Match')
  } else if (unmodified !== undefined && modified > unmodified) throw preconditionFailed('If-Unmodified-Since')
  const noneMatch = header(`${prefix}if-none-match`)
  const since = instantOf(header(`${prefix}if-modified-since`))
  const had = noneMatch === undefined ? since !== undefined && modified <= since : names(noneMatch, object.etag)
  if (!had) return 'go'
  if (prefix !== '') throw preconditionFailed(noneMatch === undefined ? 'If-Modified-Since' : 'If-None-Match')
  return 'not-modified'
}

/** Refuses a conditional write whose condition the present object (or its absence) does not meet. */
export function checkWrite({ header, key }: S3Request, present: StoredObject | undefined): void {
  const noneMatch = header('if-none-match')
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*') throw notImplemented('If-None-Match')
    if (present) throw preconditionFailed('If-None-Match')
  }
  const match = header('if-match')
  if (match === undefined) return
  if (!present) throw noSuchKey(key)
  if (!names(match, present.etag)) throw preconditionFailed('If-Match')
}

/** Whether a list of entity tags (weak ones too, quotes or none, or `*`) has this one. */
const names = (list: string, etag: string): boolean =>
  list.split(',').some((part) => {
    const tag = part
      .trim()
      .replace(/^W\//, '')
      .replace(/^"(.*)"$/, '$1')
    return tag === '*' || tag === etag
  })

function instantOf(text: string | undefined): number | undefined {
  const instant = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(instant) ? undefined : instant
}
