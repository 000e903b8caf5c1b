import { Fault } from '../fault.ts'
import type { Answer } from '../service.ts'
import { emptyAnswer, streamAnswer } from './answers.ts'
import type { Stretch } from './blobs.ts'
import { headersOf } from './description.ts'
import { bucketOf, permit } from './permit.ts'
import { checkRead } from './preconditions.ts'
import { checksumHeaders } from './put-object.ts'
import { type ByteRange, rangeOf } from './range.ts'
import { invalidArgument, invalidRequest, noSuchKey } from './refusals.ts'
import { type S3Request, wholeNumber } from './request.ts'
import { type StoredObject, stateOf } from './state.ts'

/** GetObject, and HeadObject, which is the same without the body. */
export function getObject(request: S3Request): Answer {
  const { call, header, query } = request
  const object = readableObject(request, 's3:GetObject')
  const overrides = overridesOf(request)
  const all = { ...headersOf(object), ...overrides }
  if (checkRead(header, object) === 'not-modified') {
    const { 'last-modified': modified = '', etag = '' } = all
    return emptyAnswer(304, { 'last-modified': modified, etag })
  }
  const part = wholeNumber(query.get('partNumber'), invalidPart(query.get('partNumber')))
  const range = part === undefined ? rangeOf(header('range'), object.size) : partRange(object, part)
  const whole = range === undefined || object.size === 0
  const { first, last } = range ?? { first: 0, last: object.size - 1 }
  const headers = {
    ...all,
    ...(header('x-amz-checksum-mode') === 'ENABLED' && whole && checksumHeaders(object)),
    ...(part !== undefined && object.multipart && { 'x-amz-mp-parts-count': String(object.segments.length) }),
    ...(!whole && { 'content-range': `bytes ${first}-${last}/${object.size}` }),
    'content-length': String(Math.max(0, last - first + 1)),
  }
  const status = whole ? 200 : 206
  if (call.request.method === 'HEAD') return emptyAnswer(status, headers)
  return streamAnswer(status, headers, stateOf(call.cloud).blobs.read(stretchesOf(object, { first, last })))
}

/** An object the caller may read; who may not list the bucket is not told that it is missing. */
export function readableObject(request: S3Request, action: string): StoredObject {
  const { call, key, query } = request
  const bucket = bucketOf(request)
  const version = query.get('versionId')
  if (version !== undefined && version !== 'null')
    throw invalidArgument('Invalid version id specified', 'versionId', version)
  const object = stateOf(call.cloud).object(bucket.name, key)
  const context: Record<string, string> = {}
  for (const [name, value] of Object.entries(object?.tags ?? {})) context[`s3:ExistingObjectTag/${name}`] = value
  permit(request, action, { bucket, key, context })
  if (object) return object
  permit(request, 's3:ListBucket', { bucket })
  throw noSuchKey(key)
}

/** Where in the blobs the bytes of a range are. */
export function stretchesOf({ segments }: StoredObject, { first, last }: ByteRange): Stretch[] {
  const stretches: Stretch[] = []
  let start = 0
  for (const { blob, size } of segments) {
    const from = Math.max(first - start, 0)
    const to = Math.min(last + 1 - start, size)
    if (to > from) stretches.push({ blob, from, to })
    start += size
  }
  return stretches
}

const invalidPart = (value: string | undefined) => (): Fault =>
  invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', value ?? '')

function partRange(object: StoredObject, part: number): ByteRange {
  if (part < 1 || part > 10_000) throw invalidPart(String(part))()
  const segment = object.segments[part - 1]
  if (!segment)
    throw new Fault('InvalidPartNumber', 416, 'The requested partnumber is not satisfiable', {
      PartNumberRequested: String(part),
      ActualPartCount: String(object.segments.length),
    })
  const first = object.segments.slice(0, part - 1).reduce((sum, { size }) => sum + size, 0)
  return { first, last: first + segment.size - 1 }
}

const overridable = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

/** `response-content-type` and its kin: what a presigned URL wants the headers to be. */
function overridesOf({ call, query }: S3Request): Record<string, string> {
  const overrides: Record<string, string> = {}
  for (const name of overridable) {
    const value = query.get(`response-${name}`)
    if (value === undefined) continue
    if (call.caller.kind === 'anonymous')
      throw invalidRequest('Request specific response headers cannot be used for anonymous GET requests.')
    if (!/^[\t\x20-\x7e\xa0-\xff]*$/.test(value))
      throw invalidArgument('Header value cannot be represented using ISO-8859-1.', `response-${name}`, '')
    overrides[name] = value
  }
  return overrides
}
