import { timingSafeEqual } from 'node:crypto'
import { type Decision, deny } from '../../model/decision.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import type { WireRequest } from '../message.ts'
import { splitTarget } from '../uri.ts'
import { type Authentication, readAuthentication } from './authentication.ts'
import {
  basicDate,
  canonicalRequest,
  type QuerySpelling,
  sha256,
  signsPathVerbatim,
  stringToSign,
} from './canonical.ts'
import { isStreaming } from './payload.ts'
import { signaturesV2 } from './query-v2.ts'
import { hmacHex, signingSecret } from './signing-secret.ts'

/**
 * Whether the key made this signature of this request. Compares in constant time. `payloadSha256` is what the signer
 * must have said of the body: `authentication.payload` when that is a name, else the SHA-256 of the body as received.
 * `hostBucket`, for Signature Version 2 only, is the bucket the server took from the Host header in routing the request.
 * Says nothing of time, scope, token or key status: see `verify`.
 */
export function verifySignature(
  request: WireRequest,
  authentication: Authentication,
  key: SigningKey,
  payloadSha256: string,
  hostBucket?: string,
): boolean {
  const { form, scope, signedHeaders, signature } = authentication
  if (form === 'query-v2')
    return signaturesV2(request, key.secretAccessKey, hostBucket).some((expected) => sameText(signature, expected))
  const { query } = splitTarget(request.target)
  // Some clients sign a query exactly as they send it, `+` and all. Both spellings mean the same parameters.
  const spellings: readonly QuerySpelling[] = /[^\w\-.~%&=]|%/.test(query) ? ['normalized', 'verbatim'] : ['normalized']
  const secret = signingSecret(key.secretAccessKey, scope)
  const at = basicDate(authentication.at)
  for (const spelling of spellings) {
    const parts = { request, service: scope.service, signedHeaders, payload: payloadSha256, spelling }
    const canonical = canonicalRequest(parts)
    if (canonical === undefined) return false
    if (sameText(signature, hmacHex(secret, stringToSign(at, scope, canonical)))) return true
  }
  return false
}

/**
 * Whether a signature is of now: at most `allowedSkewSeconds` old or early, and for a presigned URL not past its
 * expiry (and at most that much early). STS and IAM allow 900 seconds, many JSON services 300.
 */
export function checkTime(
  authentication: Pick<Authentication, 'at' | 'expiresSeconds' | 'form'>,
  now: Date,
  allowedSkewSeconds: number,
): Decision<object> {
  const { at, expiresSeconds, form } = authentication
  const skew = allowedSkewSeconds * 1000
  const minutes = `${Math.round(allowedSkewSeconds / 60)} min.`
  if (form !== 'query-v2' && at.getTime() > now.getTime() + skew) {
    const latest = basicDate(new Date(now.getTime() + skew))
    return deny(
      'skewed-clock',
      `Signature not yet current: ${basicDate(at)} is still later than ${latest} (${basicDate(now)} + ${minutes})`,
    )
  }
  if (expiresSeconds !== undefined)
    return at.getTime() + expiresSeconds * 1000 < now.getTime()
      ? deny('expired-url', 'Request has expired')
      : { allowed: true }
  if (at.getTime() < now.getTime() - skew) {
    const earliest = basicDate(new Date(now.getTime() - skew))
    return deny(
      'skewed-clock',
      `Signature expired: ${basicDate(at)} is now earlier than ${earliest} (${basicDate(now)} - ${minutes})`,
    )
  }
  return { allowed: true }
}

/** Where a signature is to be good for; a part left out is not checked. */
export interface ExpectedScope {
  readonly region?: string
  readonly service?: string
}

/** Whether a signature is scoped to this service and region. Its date and terminator were checked when it was read. */
export function checkScope(authentication: Authentication, expected: ExpectedScope): Decision<object> {
  const { form, scope } = authentication
  if (expected.service !== undefined && scope.service !== expected.service)
    return deny('wrong-scope', `Credential should be scoped to correct service: '${expected.service}'. `)
  if (expected.region !== undefined && form !== 'query-v2' && scope.region !== expected.region)
    return deny('wrong-scope', `Credential should be scoped to a valid Region, not '${scope.region}'. `)
  return { allowed: true }
}

/** Whether the request carries exactly the session token that belongs to the key. Compares in constant time. */
export function checkToken(authentication: Authentication, key: SigningKey): Decision<object> {
  const { sessionToken } = authentication
  const because = 'The security token included in the request is invalid.'
  if (key.sessionToken === undefined)
    return sessionToken === undefined ? { allowed: true } : deny('token-unexpected', because)
  if (sessionToken === undefined) return deny('token-missing', because)
  return sameText(sessionToken, key.sessionToken) ? { allowed: true } : deny('token-mismatch', because)
}

export interface VerifyOptions {
  readonly scope?: ExpectedScope
  /** Seconds a clock may be off; default 900. */
  readonly allowedSkewSeconds?: number
  /** The bucket that routing took from the Host header, for S3's Signature Version 2. */
  readonly hostBucket?: string
}

/** The key an access key id stands for; with an `expiration`, it ends by itself. */
export type KnownKey = SigningKey & { readonly expiration?: Date }

/**
 * Who signed a request, once everything about the signature holds: form, key, token, scope, time, signature and body,
 * checked in AWS's order. Pass the body as received, or `'streamed'` when it is checked as it arrives: a declared
 * digest by the caller, chunks by `decodeChunks`.
 *
 * A body that the signature does not cover (`UNSIGNED-PAYLOAD`) is allowed for S3 only.
 */
export async function verify(
  request: WireRequest,
  body: Uint8Array | 'streamed',
  keyOf: (accessKeyId: string) => Promise<KnownKey | undefined>,
  now: Date,
  options: VerifyOptions = {},
): Promise<Decision<{ readonly authentication: Authentication; readonly key: SigningKey }>> {
  const read = readAuthentication(request)
  if (!read.allowed) return read
  const { authentication } = read
  const key = await keyOf(authentication.accessKeyId)
  if (key === undefined) return deny('unknown-key', 'The security token included in the request is invalid.')
  const token = checkToken(authentication, key)
  if (!token.allowed) return token
  if (key.expiration !== undefined && key.expiration.getTime() <= now.getTime())
    return deny('expired-session', 'The security token included in the request is expired')
  const scope = checkScope(authentication, options.scope ?? {})
  if (!scope.allowed) return scope
  const time = checkTime(authentication, now, options.allowedSkewSeconds ?? 900)
  if (!time.allowed) return time
  const payload = payloadOf(authentication, body)
  if (!payload.allowed) return payload
  if (!verifySignature(request, authentication, key, payload.declared, options.hostBucket))
    return deny(
      'signature-mismatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    )
  return { allowed: true, authentication, key }
}

function payloadOf(
  { payload, scope }: Authentication,
  body: Uint8Array | 'streamed',
): Decision<{ readonly declared: string }> {
  if ((payload === 'UNSIGNED-PAYLOAD' || isStreaming(payload)) && !signsPathVerbatim(scope.service))
    return deny('payload-mismatch', `${scope.service} takes no unsigned or chunked payload`)
  if (body === 'streamed')
    return payload === undefined
      ? deny('malformed-authentication', 'Missing required header for this request: x-amz-content-sha256')
      : { allowed: true, declared: payload }
  if (payload === 'UNSIGNED-PAYLOAD') return { allowed: true, declared: payload }
  if (isStreaming(payload)) return deny('payload-mismatch', 'A chunked payload must be read as a stream')
  const digest = sha256(body)
  return payload !== undefined && payload !== digest
    ? deny('payload-mismatch', "The provided 'x-amz-content-sha256' header does not match what was computed.")
    : { allowed: true, declared: digest }
}

function sameText(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}
