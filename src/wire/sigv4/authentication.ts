import { createHash } from 'node:crypto'
import { type Decision, type Denial, deny } from '../../model/decision.ts'
import { headerOf, type WireRequest } from '../message.ts'
import { decodeForm, splitQuery, splitTarget } from '../uri.ts'
import { algorithm, type DatedScope, signsPathVerbatim } from './canonical.ts'
import { type DeclaredPayload, streamingPayloads } from './payload.ts'
import { longestPresign } from './presign.ts'
import { readQueryV2 } from './query-v2.ts'
import { isOneLine } from './sign.ts'

/** What a request says of who signed it. Nothing in here is proven before the signature is verified. */
export interface Authentication {
  /** In the Authorization header, in the query (presigned), or in the query by S3's old Signature Version 2. */
  readonly form: 'header' | 'query' | 'query-v2'
  readonly algorithm: 'AWS4-HMAC-SHA256' | 'HMAC-SHA1'
  readonly accessKeyId: string
  /** For `query-v2`, which names none: the day of its expiry, no region, and `s3`. */
  readonly scope: DatedScope
  /** Lower case, in the order they were signed. */
  readonly signedHeaders: readonly string[]
  /** Hex; base64 for `query-v2`. */
  readonly signature: string
  /** When it was signed; for `query-v2`, which does not say, when it expires. */
  readonly at: Date
  /** The life of a presigned URL, counted from `at`. */
  readonly expiresSeconds?: number
  readonly sessionToken?: string
  /** What was said of the body; undefined when nothing was, and the digest of the body is what was signed. */
  readonly payload?: DeclaredPayload
}

/**
 * Reads the authentication of a request: the Authorization header, a presigned query, or S3's Signature Version 2
 * query. Refuses what is missing, malformed, said twice or in two ways, and headers that matter but are not signed.
 *
 * It takes the request as it stood on the wire and not a web `Request`, because that normalises the URL (`/a/../b`,
 * `%7e`) and so can no longer tell what was signed.
 * See "Signature Version 4 signing process" in the IAM User Guide and section "Common errors" of each API Reference.
 */
export function readAuthentication(request: WireRequest): Decision<{ readonly authentication: Authentication }> {
  const headers = request.headers.filter(([name]) => name.toLowerCase() === 'authorization')
  const { query } = splitTarget(request.target)
  const presigned = /(?:^|&)X-Amz-(?:Algorithm|Credential|Signature)(?:=|&|$)/i.test(query)
  const version2 = /(?:^|&)AWSAccessKeyId=/.test(query)
  const forms = headers.length + Number(presigned) + Number(version2)
  if (forms === 0) return deny('missing-authentication', 'Request is missing Authentication Token')
  if (!isOneLine(request)) return malformed('The request holds characters that a request cannot be signed with.')
  if (forms > 1)
    return malformed(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    )
  if (version2) return readQueryV2(request, query)
  return presigned ? readQuery(request, query) : readHeader(request, headers[0]?.[1] ?? '')
}

const malformed = (because: string): Denial => deny('malformed-authentication', because)

function readHeader(request: WireRequest, header: string): Decision<{ readonly authentication: Authentication }> {
  const [, named = '', rest = ''] = /^\s*(\S+)(?:\s+(.*))?$/s.exec(header) ?? []
  if (named !== algorithm) return malformed(unsupported(named))
  const fields = new Map<string, string>()
  for (const field of rest.split(',')) {
    const part = field.trim()
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = part.slice(0, equals)
    if (equals < 1 || fields.has(name))
      return malformed(`Authorization header holds a broken or repeated key=value pair. ${hashed(header)}`)
    fields.set(name, part.slice(equals + 1))
  }
  const dates = request.headers.filter(([name]) => name.toLowerCase() === 'x-amz-date')
  const date = dates.length > 0 ? headerOf(request, 'x-amz-date') : headerOf(request, 'date')
  const missing = ['Credential', 'Signature', 'SignedHeaders']
    .filter((name) => !fields.get(name))
    .map((name) => `Authorization header requires '${name}' parameter.`)
  if (!date) missing.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  if (missing.length > 0 || !date) return malformed(`${missing.join(' ')} ${hashed(header)}`)
  return assemble(request, {
    form: 'header',
    credential: fields.get('Credential') ?? '',
    signature: fields.get('Signature') ?? '',
    signedHeaders: (fields.get('SignedHeaders') ?? '').split(';'),
    at: parseBasicDate(date) ?? (dates.length === 0 ? parseHttpDate(date) : undefined),
    dateHeader: dates.length > 0 ? 'x-amz-date' : 'date',
    sessionToken: headerOf(request, 'x-amz-security-token'),
    payload: headerOf(request, 'x-amz-content-sha256'),
  })
}

const singular = /^x-amz-(?:algorithm|credential|date|expires|signedheaders|security-token|signature|content-sha256)$/

const spellings = new Set([
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-SignedHeaders',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-Content-Sha256',
  'x-amz-content-sha256',
])

function readQuery(request: WireRequest, query: string): Decision<{ readonly authentication: Authentication }> {
  const fields = new Map<string, string>()
  for (const [rawName, rawValue] of splitQuery(query)) {
    const name = decodeForm(rawName)
    const value = decodeForm(rawValue)
    const lower = name?.toLowerCase()
    if (lower === undefined || !singular.test(lower)) continue
    // The names are case-sensitive; a second spelling would let two readers see two different requests.
    if (value === undefined || fields.has(lower) || !spellings.has(name ?? ''))
      return malformed('AWS query-string parameters must each stand once. Re-examine the query-string parameters.')
    fields.set(lower, value)
  }
  const missing = ['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires']
    .filter((name) => !fields.get(`x-amz-${name.toLowerCase()}`))
    .map((name) => `AWS query-string parameters must include: 'X-Amz-${name}'.`)
  if (missing.length > 0) return malformed(`${missing.join(' ')} Re-examine the query-string parameters.`)
  const named = fields.get('x-amz-algorithm') ?? ''
  if (named !== algorithm) return malformed(unsupported(named))
  const expires = fields.get('x-amz-expires') ?? ''
  if (!/^\d{1,9}$/.test(expires) || Number(expires) < 1) return malformed('X-Amz-Expires should be a positive number')
  if (Number(expires) > longestPresign)
    return malformed(
      `X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than ${longestPresign} seconds`,
    )
  if (headerOf(request, 'x-amz-security-token') !== undefined)
    return malformed('The security token of a presigned request belongs in its query.')
  return assemble(request, {
    form: 'query',
    credential: fields.get('x-amz-credential') ?? '',
    signature: fields.get('x-amz-signature') ?? '',
    signedHeaders: (fields.get('x-amz-signedheaders') ?? '').split(';'),
    at: parseBasicDate(fields.get('x-amz-date') ?? ''),
    dateHeader: undefined,
    expiresSeconds: Number(expires),
    sessionToken: fields.get('x-amz-security-token'),
    payload: fields.get('x-amz-content-sha256') ?? headerOf(request, 'x-amz-content-sha256'),
  })
}

interface Fields {
  readonly form: 'header' | 'query'
  readonly credential: string
  readonly signature: string
  readonly signedHeaders: readonly string[]
  readonly at: Date | undefined
  readonly dateHeader: string | undefined
  readonly expiresSeconds?: number
  readonly sessionToken: string | undefined
  readonly payload: string | undefined
}

function assemble(request: WireRequest, fields: Fields): Decision<{ readonly authentication: Authentication }> {
  const [accessKeyId = '', date = '', region = '', service = '', terminator = '', ...more] =
    fields.credential.split('/')
  if (more.length > 0 || !accessKeyId || !date || !region || !service || !terminator)
    return malformed(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, which the one given has not.',
    )
  if (!/^[\w-]{1,128}$/.test(accessKeyId) || !/^[\w.-]{1,64}$/.test(region) || !/^[\w.-]{1,64}$/.test(service))
    return malformed('Credential holds characters that no key id, region or service has.')
  if (!/^[0-9a-f]{64}$/.test(fields.signature)) return malformed('Signature is not 64 lower-case hexadecimal digits.')
  if (fields.at === undefined)
    return malformed("Date must be in ISO-8601 'basic format', for example 20150830T123600Z.")
  if (terminator !== 'aws4_request')
    return deny('wrong-scope', "Credential should be scoped with a valid terminator: 'aws4_request'.")
  const day = fields.at.toISOString().slice(0, 10).replaceAll('-', '')
  if (date !== day)
    return deny(
      'wrong-scope',
      `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: '${day}'.`,
    )
  const unsigned = firstUnsigned(request, fields)
  if (unsigned) return unsigned
  const declared =
    fields.payload ?? (fields.form === 'query' && signsPathVerbatim(service) ? 'UNSIGNED-PAYLOAD' : undefined)
  if (declared !== undefined && !isDeclaredPayload(declared))
    return malformed('x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- name or a SHA-256 in lower-case hex.')
  return {
    allowed: true,
    authentication: {
      form: fields.form,
      algorithm,
      accessKeyId,
      scope: { date, region, service },
      signedHeaders: fields.signedHeaders,
      signature: fields.signature,
      at: fields.at,
      ...(fields.expiresSeconds === undefined ? {} : { expiresSeconds: fields.expiresSeconds }),
      ...(fields.sessionToken === undefined ? {} : { sessionToken: fields.sessionToken }),
      ...(declared === undefined ? {} : { payload: declared }),
    },
  }
}

function firstUnsigned(request: WireRequest, fields: Fields): Denial | undefined {
  const signed = new Set(fields.signedHeaders)
  if (
    signed.size !== fields.signedHeaders.length ||
    fields.signedHeaders.some((name) => !/^[!#-'*+\-.^_`|~0-9a-z]+$/.test(name))
  )
    return malformed('SignedHeaders must be lower-case names, each of them once.')
  const must = (name: string) => deny('unsigned-header', `'${name}' must be a 'SignedHeader' in the AWS Authorization.`)
  if (!signed.has('host')) return must('Host')
  if (fields.dateHeader && !signed.has(fields.dateHeader))
    return must(fields.dateHeader === 'date' ? 'Date' : 'X-Amz-Date')
  const once = new Set<string>()
  for (const [name] of request.headers) {
    const key = name.toLowerCase()
    if (key.startsWith('x-amz-') && !signed.has(key))
      return deny('unsigned-header', 'There were headers present in the request which were not signed')
    if (key === 'host' || singular.test(key)) {
      if (once.has(key)) return malformed(`The header ${key} must stand once.`)
      once.add(key)
    }
  }
  return undefined
}

const isDeclaredPayload = (text: string): boolean =>
  text === 'UNSIGNED-PAYLOAD' || /^[0-9a-f]{64}$/.test(text) || streamingPayloads.some((name) => name === text)

const unsupported = (named: string): string =>
  /^[\w-]{1,40}$/.test(named) ? `Unsupported AWS 'algorithm': '${named}'` : "Unsupported AWS 'algorithm'"

// As AWS does it: the header itself holds what should not stand in logs.
const hashed = (header: string): string =>
  `(Hashed with SHA-256 and encoded with Base64) Authorization=${createHash('sha256').update(header).digest('base64')}`

/** The instant in `yyyymmddThhmmssZ`, or undefined. */
export function parseBasicDate(text: string): Date | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  return parts ? realDate(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}.000Z`) : undefined
}

// 31 February parses; it must not become 3 March in one reader and be refused by another.
function realDate(iso: string): Date | undefined {
  const date = new Date(iso)
  return !Number.isNaN(date.getTime()) && date.toISOString() === iso ? date : undefined
}

// botocore writes the zone as -0000.
function parseHttpDate(text: string): Date | undefined {
  const utc = text.replace(/ -0000$/, ' GMT')
  if (!/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/.test(utc)) return undefined
  const date = new Date(utc)
  return !Number.isNaN(date.getTime()) && date.toUTCString() === utc ? date : undefined
}
