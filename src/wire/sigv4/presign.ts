import type { Scope, SigningKey } from '../../model/signing-key.ts'
import type { WireRequest } from '../message.ts'
import { encodeUri } from '../uri.ts'
import { algorithm, basicDate, emptySha256, scopeText, signsPathVerbatim } from './canonical.ts'
import { assertSignable, signableHeaders, signatureOf } from './sign.ts'

/** The longest a presigned URL can live: a week, in seconds. It also dies with the session that signed it. */
export const longestPresign = 604_800

/**
 * The request with its authentication in the query, so that whoever holds the URL can send it: a bearer secret for
 * `expiresSeconds` (1 to 604800). The body is not covered for S3 and must be empty for every other service.
 * The headers of the request are signed, and whoever sends it must send them too.
 *
 * Throws a RangeError for a lifetime out of bounds and a TypeError as `sign` does.
 * See "Authenticating requests: using query parameters" in the Amazon S3 API Reference.
 */
export function presign(
  request: WireRequest,
  key: SigningKey,
  scope: Scope,
  now: Date,
  expiresSeconds: number,
): WireRequest {
  assertSignable(request)
  if (!Number.isInteger(expiresSeconds) || expiresSeconds < 1 || expiresSeconds > longestPresign)
    throw new RangeError(`a presigned URL lives 1 to ${longestPresign} seconds`)
  const at = basicDate(now)
  const dated = { ...scope, date: at.slice(0, 8) }
  const signedHeaders = signableHeaders(request)
  const parameters: [string, string][] = [
    ['X-Amz-Algorithm', algorithm],
    ['X-Amz-Credential', `${key.accessKeyId}/${scopeText(dated)}`],
    ['X-Amz-Date', at],
    ['X-Amz-Expires', String(expiresSeconds)],
    ['X-Amz-SignedHeaders', signedHeaders.join(';')],
  ]
  if (key.sessionToken !== undefined) parameters.push(['X-Amz-Security-Token', key.sessionToken])
  const query = parameters.map(([name, value]) => `${name}=${encodeUri(value)}`).join('&')
  const target = `${request.target}${request.target.includes('?') ? '&' : '?'}${query}`
  const payload = signsPathVerbatim(scope.service) ? 'UNSIGNED-PAYLOAD' : emptySha256
  const signature = signatureOf({ ...request, target }, key, dated, at, signedHeaders, payload)
  return { ...request, target: `${target}&X-Amz-Signature=${signature}` }
}
