import type { Scope, SigningKey } from '../../model/signing-key.ts'
import { headerOf, type WireRequest } from '../message.ts'
import {
  algorithm,
  basicDate,
  canonicalRequest,
  type DatedScope,
  scopeText,
  signsPathVerbatim,
  stringToSign,
} from './canonical.ts'
import { declare, type Payload } from './payload.ts'
import { hmacHex, signingSecret } from './signing-secret.ts'

export interface SignOptions {
  /** Send `x-amz-content-sha256`. Default: for S3 and for payloads that are not a plain digest. */
  readonly sha256Header?: boolean
}

/**
 * The request with `X-Amz-Date`, `X-Amz-Security-Token` (for a temporary key), `x-amz-content-sha256` (for S3, or when
 * asked) and `Authorization` added. Earlier ones are replaced. Every header is signed but those that proxies and
 * clients change on the way.
 *
 * The path is taken as it will be sent. Throws a TypeError when there is no Host header, or when a part of the request
 * holds a line break.
 */
export function sign(
  request: WireRequest,
  payload: Payload,
  key: SigningKey,
  scope: Scope,
  now: Date,
  options: SignOptions = {},
): WireRequest {
  assertSignable(request)
  const at = basicDate(now)
  const declared = declare(payload)
  const dated: DatedScope = { ...scope, date: at.slice(0, 8) }
  const added: (readonly [string, string])[] = [['X-Amz-Date', at]]
  if (key.sessionToken !== undefined) added.push(['X-Amz-Security-Token', key.sessionToken])
  const plain = 'body' in payload || 'sha256' in payload
  if (options.sha256Header ?? (signsPathVerbatim(scope.service) || !plain))
    added.push(['x-amz-content-sha256', declared])
  const headers = [...request.headers.filter(([name]) => !replaced.has(name.toLowerCase())), ...added]
  const unsigned = { ...request, headers }
  const signedHeaders = signableHeaders(unsigned)
  const signature = signatureOf(unsigned, key, dated, at, signedHeaders, declared)
  const credential = `${key.accessKeyId}/${scopeText(dated)}`
  const authorization = `${algorithm} Credential=${credential}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  return { ...unsigned, headers: [...headers, ['Authorization', authorization]] }
}

const replaced = new Set(['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256'])

const unsignable = new Set([
  'authorization',
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-amzn-trace-id',
])

/** The names to sign, lower case and sorted. */
export function signableHeaders(request: WireRequest): string[] {
  const names = new Set<string>()
  for (const [name] of request.headers) if (!unsignable.has(name.toLowerCase())) names.add(name.toLowerCase())
  return [...names].sort()
}

/** The signature of a request that carries everything but it. */
export function signatureOf(
  request: WireRequest,
  key: SigningKey,
  scope: DatedScope,
  at: string,
  signedHeaders: readonly string[],
  payload: string,
): string {
  const parts = { request, service: scope.service, signedHeaders, payload, spelling: 'normalized' } as const
  const canonical = canonicalRequest(parts)
  if (canonical === undefined) throw new TypeError('a header to sign is not in the request')
  return hmacHex(signingSecret(key.secretAccessKey, scope), stringToSign(at, scope, canonical))
}

/** Throws a TypeError for what would be sent as something else than it was signed as. */
export function assertSignable(request: WireRequest): void {
  if (headerOf(request, 'host') === undefined) throw new TypeError('a request to sign needs a Host header')
  if (!isOneLine(request)) throw new TypeError('a request to sign must not hold line breaks or begin with a full URL')
}

/** Whether no part of the request can be read as more than itself, and the target is a path. */
export function isOneLine(request: WireRequest): boolean {
  if (!/^[A-Za-z]+$/.test(request.method) || !/^\/[^\x00-\x20#]*$/.test(request.target)) return false
  return request.headers.every(
    ([name, value]) => /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name) && !/[\0\r\n]/.test(value),
  )
}
