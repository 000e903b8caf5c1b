import { createHash } from 'node:crypto'
import type { WireRequest } from '../message.ts'
import { encodePath, normalizeEscapes, splitQuery, splitTarget } from '../uri.ts'

/** The algorithm's name in headers, in query parameters and in the string to sign. */
export const algorithm = 'AWS4-HMAC-SHA256'

/** SHA-256 in lower-case hex. Text is hashed as UTF-8. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** The SHA-256 of nothing. */
export const emptySha256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** Whether a service's paths are signed as they stand, without normalising and encoding once more: S3 and its kin. */
export const signsPathVerbatim = (service: string): boolean => /^s3(?:express|-outposts|-object-lambda)?$/.test(service)

/** How `+` and escapes of the query are taken: rewritten to AWS's spelling, or left as they were sent. */
export type QuerySpelling = 'normalized' | 'verbatim'

interface CanonicalParts {
  readonly request: WireRequest
  readonly service: string
  /** Lower case, in the order the signature names them. */
  readonly signedHeaders: readonly string[]
  /** The last line: a hex digest, `UNSIGNED-PAYLOAD`, or one of the `STREAMING-` names. */
  readonly payload: string
  readonly spelling: QuerySpelling
}

/**
 * The canonical request of AWS Signature Version 4, or undefined when a signed header is not there. It holds the
 * session token: do not log it. See "Create a signed AWS API request" in the IAM User Guide.
 */
export function canonicalRequest(parts: CanonicalParts): string | undefined {
  const { path, query } = splitTarget(parts.request.target)
  const headers = canonicalHeaders(parts.request, parts.signedHeaders)
  if (headers === undefined) return undefined
  return [
    parts.request.method,
    signsPathVerbatim(parts.service) ? path : encodePath(normalizePath(path)),
    query === '' ? '' : canonicalQuery(query, parts.spelling),
    headers,
    parts.signedHeaders.join(';'),
    parts.payload,
  ].join('\n')
}

/** `yyyymmddThhmmssZ`. */
export const basicDate = (date: Date): string => `${date.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`

/** The credential scope: what a derived key is good for. */
export interface DatedScope {
  /** `yyyymmdd`. */
  readonly date: string
  readonly region: string
  readonly service: string
}

/** `20261121/us-east-1/sts/aws4_request`. */
export const scopeText = (scope: DatedScope): string => `${scope.date}/${scope.region}/${scope.service}/aws4_request`

/** What is signed: the algorithm, the time, the scope and the digest of the canonical request. */
export function stringToSign(at: string, scope: DatedScope, canonical: string, named: string = algorithm): string {
  // Node hands over header bytes one character each, so they must be hashed as bytes again. Text that never was on a
  // wire may hold more than bytes; latin1 would cut it short, and two texts would share a signature.
  const bytes = Buffer.from(canonical, /[^\x00-\xff]/.test(canonical) ? 'utf8' : 'latin1')
  return `${named}\n${at}\n${scopeText(scope)}\n${sha256(bytes)}`
}

function normalizePath(path: string): string {
  if (!path.includes('//') && !path.includes('/.')) return path
  const kept: string[] = []
  const segments = path.split('/')
  for (const segment of segments) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  const last = segments.at(-1)
  const open = kept.length > 0 && last === ''
  return `/${kept.join('/')}${open ? '/' : ''}`
}

function canonicalQuery(query: string, spelling: QuerySpelling): string {
  const spell = spelling === 'verbatim' ? (text: string) => text : (text: string) => normalizeEscapes(text, '%20')
  const pairs: (readonly [string, string])[] = []
  for (const [name, value] of splitQuery(query)) if (name !== 'X-Amz-Signature') pairs.push([spell(name), spell(value)])
  // By name, then by value: sorting the joined text would put `a-b=` before `a=`.
  pairs.sort(([a, x], [b, y]) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
  return pairs.map(([name, value]) => `${name}=${value}`).join('&')
}

/**
 * A header's value as it is signed: no blanks around it, and one where several were. Blanks are spaces and tabs only:
 * what else JavaScript takes for white space is a byte of the value.
 */
export const trimAll = (value: string): string => value.replace(/[ \t]+/g, ' ').replace(/^ | $/g, '')

function canonicalHeaders(request: WireRequest, names: readonly string[]): string | undefined {
  const values = new Map<string, string>()
  for (const [name, value] of request.headers) {
    const key = name.toLowerCase()
    const trimmed = trimAll(value)
    const before = values.get(key)
    values.set(key, before === undefined ? trimmed : `${before},${trimmed}`)
  }
  let text = ''
  for (const name of names) {
    const value = values.get(name)
    if (value === undefined) return undefined
    text += `${name}:${value}\n`
  }
  return text
}
