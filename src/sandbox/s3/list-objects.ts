import type { RequestContext } from '../../policy/question.ts'
import { encodePath } from '../../wire/uri.ts'
import { flat, type XmlFields } from '../../wire/xml.ts'
import type { Answer } from '../service.ts'
import { canonicalId, xmlAnswer, xmlInstant } from './answers.ts'
import { compareUtf8, firstWhere } from './key-order.ts'
import { bucketOf, permit } from './permit.ts'
import { invalidArgument } from './refusals.ts'
import { type S3Request, wholeNumber } from './request.ts'
import { stateOf } from './state.ts'

/** ListObjectsV2. */
export function listObjectsV2(request: S3Request): Answer {
  const { query } = request
  const token = query.get('continuation-token')
  const startAfter = query.get('start-after')
  const after = token === undefined ? (startAfter ?? '') : readToken(token)
  const { page, names, contents, common } = list(request, after, query.get('fetch-owner') === 'true')
  return xmlAnswer('ListBucketResult', {
    ...common,
    ...(startAfter !== undefined && { StartAfter: names(startAfter) }),
    ...(token !== undefined && { ContinuationToken: token }),
    ...(page.next !== undefined && { NextContinuationToken: writeToken(page.next) }),
    KeyCount: page.keys.length + page.prefixes.length,
    ...contents,
  })
}

/** ListObjects, the first version: it goes on after a `marker`. */
export function listObjects(request: S3Request): Answer {
  const marker = request.query.get('marker') ?? ''
  const { page, names, contents, common } = list(request, marker, true)
  return xmlAnswer('ListBucketResult', {
    ...common,
    Marker: names(marker),
    // Without a delimiter the reader is to take the last key.
    ...(page.next !== undefined && common.Delimiter !== undefined && { NextMarker: names(page.next) }),
    ...contents,
  })
}

interface Listed {
  readonly page: Page
  readonly names: (text: string) => string
  readonly common: XmlFields
  readonly contents: XmlFields
}

function list(request: S3Request, after: string, withOwner: boolean): Listed {
  const { call, bucketName, query } = request
  const bucket = bucketOf(request)
  permit(request, 's3:ListBucket', { bucket, context: listContext(query) })
  const { prefix, delimiter, names, encoding } = listQuery(query)
  const asked = maxKeys(query, 'max-keys')
  const state = stateOf(call.cloud)
  const page = pageOf(state.keys(bucketName), { prefix, delimiter, after, most: Math.min(asked, 1000) })
  const owner = withOwner && { Owner: { ID: canonicalId(bucket.accountId) } }
  const contents = page.keys.map((key) => {
    const object = state.object(bucketName, key)
    return {
      Key: names(key),
      LastModified: xmlInstant(object?.modifiedAt ?? ''),
      ETag: `"${object?.etag}"`,
      ...(object?.checksum && {
        ChecksumAlgorithm: object.checksum.algorithm.toUpperCase(),
        ChecksumType: object.checksum.type,
      }),
      Size: object?.size,
      ...owner,
      StorageClass: object?.storageClass,
    }
  })
  return {
    page,
    names,
    common: {
      Name: bucketName,
      Prefix: names(prefix),
      ...(delimiter !== '' && { Delimiter: names(delimiter) }),
      MaxKeys: Math.min(asked, 1000),
      ...(encoding !== undefined && { EncodingType: encoding }),
      IsTruncated: page.next !== undefined,
    },
    contents: {
      Contents: flat(contents),
      CommonPrefixes: flat(page.prefixes.map((text) => ({ Prefix: names(text) }))),
    },
  }
}

/** What a listing's condition keys say. */
export function listContext(query: ReadonlyMap<string, string>): RequestContext {
  const context: Record<string, string> = {}
  for (const name of ['prefix', 'delimiter', 'max-keys']) {
    const value = query.get(name)
    if (value !== undefined) context[`s3:${name}`] = value
  }
  return context
}

/** The parameters that all listings share. `names` writes a name as `encoding-type` asks. */
export function listQuery(query: ReadonlyMap<string, string>): {
  readonly prefix: string
  readonly delimiter: string
  readonly encoding: string | undefined
  readonly names: (text: string) => string
} {
  const encoding = query.get('encoding-type') || undefined
  if (encoding !== undefined && encoding !== 'url')
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encoding)
  const names =
    encoding === undefined ? (text: string) => text : (text: string) => encodePath(text).replaceAll('%20', '+')
  return { prefix: query.get('prefix') ?? '', delimiter: query.get('delimiter') ?? '', encoding, names }
}

/** `max-keys` and its kin; 1000 when not given. */
export function maxKeys(query: ReadonlyMap<string, string>, name: string): number {
  const text = query.get(name)
  const refusal = () => invalidArgument(`Provided ${name} not an integer or within integer range`, name, text ?? '')
  const number = wholeNumber(text, refusal) ?? 1000
  if (number > 2_147_483_647) throw refusal()
  return number
}

interface Page {
  readonly keys: readonly string[]
  readonly prefixes: readonly string[]
  /** Where the next page goes on after; absent on the last. */
  readonly next?: string
}

interface PageQuery {
  readonly prefix: string
  readonly delimiter: string
  /** The key, or the common prefix as a whole, after which to begin. */
  readonly after: string
  readonly most: number
}

/** One page of sorted keys, those with the delimiter after the prefix rolled up. Costs what it gives, not what it skips. */
export function pageOf(sorted: readonly string[], { prefix, delimiter, after, most }: PageQuery): Page {
  const keys: string[] = []
  const prefixes: string[] = []
  if (most === 0) return { keys, prefixes }
  const groupOf = (key: string): string | undefined => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    return end < 0 ? undefined : key.slice(0, end + delimiter.length)
  }
  const past = (text: string): number => firstWhere(sorted, (key) => compareUtf8(key, text) < 0 || key.startsWith(text))
  let at = Math.max(
    firstWhere(sorted, (key) => compareUtf8(key, prefix) < 0),
    firstWhere(sorted, (key) => compareUtf8(key, after) <= 0 && after !== ''),
  )
  let last: string | undefined
  for (;;) {
    const key = sorted[at]
    if (key === undefined || !key.startsWith(prefix)) return { keys, prefixes }
    const group = groupOf(key)
    if (group !== undefined && group === after) {
      at = past(group)
      continue
    }
    if (last !== undefined && keys.length + prefixes.length === most) return { keys, prefixes, next: last }
    last = group ?? key
    if (group === undefined) keys.push(key)
    else prefixes.push(group)
    at = group === undefined ? at + 1 : past(group)
  }
}

const writeToken = (after: string): string => Buffer.from(`1${after}`).toString('base64')

/** A token is only a place to go on from: it opens nothing that the request itself may not read. */
function readToken(token: string): string {
  const text = /^[A-Za-z0-9+/]+={0,2}$/.test(token) ? Buffer.from(token, 'base64').toString() : ''
  if (!text.startsWith('1'))
    throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token)
  return text.slice(1)
}
