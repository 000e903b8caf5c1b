import { createHmac } from 'node:crypto'
import { type Decision, deny } from '../../model/decision.ts'
import { headerOf, type WireRequest } from '../message.ts'
import { decodeForm, splitQuery, splitTarget } from '../uri.ts'
import type { Authentication } from './authentication.ts'
import { trimAll } from './canonical.ts'

/**
 * Reads S3's Signature Version 2 query authentication, which `aws s3 presign` and boto3 still emit in us-east-1.
 * It names no date, region or service, and signs neither the host nor most of the query: accept it for S3 only.
 * See "Signing and authenticating REST requests (Signature Version 2)" in the Amazon S3 User Guide.
 */
export function readQueryV2(
  request: WireRequest,
  query: string,
): Decision<{ readonly authentication: Authentication }> {
  const fields = new Map<string, string>()
  for (const [rawName, rawValue] of splitQuery(query)) {
    const name = decodeForm(rawName)
    const value = decodeForm(rawValue)
    if (!name || !/^(?:AWSAccessKeyId|Signature|Expires|x-amz-.*|content-type|content-md5)$/i.test(name)) continue
    const lower = name.toLowerCase()
    if (
      value === undefined ||
      fields.has(lower) ||
      (lower.startsWith('x-amz-') && headerOf(request, lower) !== undefined)
    )
      return deny('malformed-authentication', 'Query-string authentication parameters must each stand once.')
    fields.set(lower, value)
  }
  const accessKeyId = fields.get('awsaccesskeyid') ?? ''
  const signature = fields.get('signature') ?? ''
  const expires = fields.get('expires') ?? ''
  if (!/^[\w-]{1,128}$/.test(accessKeyId) || !/^[A-Za-z0-9+/]{27}=$/.test(signature) || !/^\d{1,11}$/.test(expires))
    return deny(
      'malformed-authentication',
      'Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters',
    )
  const at = new Date(Number(expires) * 1000)
  const sessionToken = fields.get('x-amz-security-token')
  return {
    allowed: true,
    authentication: {
      form: 'query-v2',
      algorithm: 'HMAC-SHA1',
      accessKeyId,
      scope: { date: at.toISOString().slice(0, 10).replaceAll('-', ''), region: '', service: 's3' },
      signedHeaders: [],
      signature,
      at,
      expiresSeconds: 0,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      payload: 'UNSIGNED-PAYLOAD',
    },
  }
}

const signedParameters = new Set(
  (
    'accelerate acl analytics cors delete encryption inventory lifecycle location logging metrics notification object-lock ' +
    'partNumber policy publicAccessBlock replication requestPayment response-cache-control response-content-disposition ' +
    'response-content-encoding response-content-language response-content-type response-expires restore select select-type ' +
    'tagging torrent uploadId uploads versionId versioning versions website'
  ).split(' '),
)

/**
 * The signatures in base64 that a request of Signature Version 2 may have: one, or two for a bucket itself, whose path
 * clients send without the last slash and sign with it. `hostBucket` is the bucket that the server, in routing the
 * request, took from its Host header. It is not guessed here: the host itself is not signed, and a guess that differs
 * from the routing would let a signature for one object open another.
 */
export function signaturesV2(request: WireRequest, secretAccessKey: string, hostBucket?: string): readonly string[] {
  const { path, query } = splitTarget(request.target)
  const pairs = splitQuery(query).map(
    ([name, value]) => [decodeForm(name) ?? name, decodeForm(value) ?? value] as const,
  )
  const parameter = (name: string) => pairs.find(([key]) => key.toLowerCase() === name)?.[1]
  const custom = new Map<string, string>()
  for (const [name, value] of pairs) if (/^x-amz-/i.test(name)) custom.set(name.toLowerCase(), value)
  for (const [name] of request.headers) {
    const key = name.toLowerCase()
    if (key.startsWith('x-amz-')) custom.set(key, trimAll(headerOf(request, key) ?? ''))
  }
  const chosen = pairs
    .filter(([name]) => signedParameters.has(name))
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, value]) => (value === '' ? name : `${name}=${value}`))
  const text = [
    request.method,
    headerOf(request, 'content-md5') ?? parameter('content-md5') ?? '',
    headerOf(request, 'content-type') ?? parameter('content-type') ?? '',
    parameter('expires') ?? '',
    ...[...custom].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}`),
  ].join('\n')
  const subresources = chosen.length > 0 ? `?${chosen.join('&')}` : ''
  const paths =
    hostBucket !== undefined ? [`/${hostBucket}${path}`] : /^\/[^/]+$/.test(path) ? [path, `${path}/`] : [path]
  return paths.map((resource) =>
    createHmac('sha1', secretAccessKey).update(`${text}\n${resource}${subresources}`).digest('base64'),
  )
}
