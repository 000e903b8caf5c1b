import type { Denial, DenialCode } from '../model/decision.ts'
import type { Authentication } from '../wire/sigv4/authentication.ts'
import { basicDate } from '../wire/sigv4/canonical.ts'
import { Fault } from './fault.ts'

type Protocol = 'query' | 'json' | 's3'
type Spelling = readonly [code: string, status: number, text?: string]

const mismatch =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const invalidToken = 'The security token included in the request is invalid.'
const unknownToQuery: Spelling = ['InvalidClientTokenId', 403, invalidToken]
const unknownToJson: Spelling = ['UnrecognizedClientException', 400, invalidToken]
const unknownToS3: Spelling = [
  'InvalidAccessKeyId',
  403,
  'The AWS Access Key Id you provided does not exist in our records.',
]
const badTokenToS3: Spelling = ['InvalidToken', 400, 'The provided token is malformed or otherwise invalid.']

/**
 * How each protocol refuses a signature: code, status, and the text where it is not the reason itself. A key that is
 * unknown, inactive or used with the wrong token looks the same in each, so that nothing is learnt of other people's keys.
 */
const spellings: Readonly<Record<DenialCode, Readonly<Record<Protocol, Spelling>>>> = {
  'missing-authentication': {
    query: ['MissingAuthenticationToken', 403],
    json: ['MissingAuthenticationTokenException', 400, 'Missing Authentication Token'],
    s3: ['AccessDenied', 403, 'Access Denied'],
  },
  'malformed-authentication': {
    query: ['IncompleteSignature', 400],
    json: ['IncompleteSignatureException', 400],
    s3: ['AuthorizationHeaderMalformed', 400],
  },
  'unknown-key': { query: unknownToQuery, json: unknownToJson, s3: unknownToS3 },
  'inactive-key': { query: unknownToQuery, json: unknownToJson, s3: unknownToS3 },
  'token-missing': { query: unknownToQuery, json: unknownToJson, s3: unknownToS3 },
  'token-unexpected': { query: unknownToQuery, json: unknownToJson, s3: badTokenToS3 },
  'token-mismatch': { query: unknownToQuery, json: unknownToJson, s3: badTokenToS3 },
  'expired-session': {
    query: ['ExpiredToken', 403, 'The security token included in the request is expired'],
    json: ['ExpiredTokenException', 400, 'The security token included in the request is expired'],
    s3: ['ExpiredToken', 400, 'The provided token has expired.'],
  },
  'wrong-scope': {
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 400],
    s3: ['AuthorizationHeaderMalformed', 400],
  },
  'skewed-clock': {
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 400],
    s3: ['RequestTimeTooSkewed', 403, 'The difference between the request time and the current time is too large.'],
  },
  'signature-mismatch': {
    query: ['SignatureDoesNotMatch', 403, mismatch],
    json: ['InvalidSignatureException', 400, mismatch],
    s3: [
      'SignatureDoesNotMatch',
      403,
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    ],
  },
  'unsigned-header': {
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 400],
    s3: ['AccessDenied', 403],
  },
  'expired-url': {
    query: ['SignatureDoesNotMatch', 403],
    json: ['InvalidSignatureException', 400],
    s3: ['AccessDenied', 403],
  },
  'payload-mismatch': {
    query: ['SignatureDoesNotMatch', 403, mismatch],
    json: ['InvalidSignatureException', 400, mismatch],
    s3: ['XAmzContentSHA256Mismatch', 400],
  },
}

/** What was signed, once it could be read, and when it came. */
interface Refused {
  readonly authentication: Authentication
  readonly now: Date
}

/** The refusal of a signature, as a client of that protocol reads it. S3 adds to some what they are about. */
export function signatureFault(protocol: Protocol, denial: Denial, refused?: Refused): Fault {
  const [code, status, text] = spellings[denial.code][protocol]
  const detail = protocol === 's3' && refused ? s3Detail(denial.code, refused) : {}
  return new Fault(code, status, text ?? denial.because, detail)
}

// What S3 tells of the canonical request is left out: it holds the session token.
function s3Detail(code: DenialCode, { authentication, now }: Refused): Readonly<Record<string, string>> {
  const { accessKeyId, at, expiresSeconds, signature } = authentication
  const seconds = (date: Date): string => date.toISOString().replace(/\.\d{3}Z$/, 'Z')
  switch (code) {
    case 'unknown-key':
    case 'inactive-key':
    case 'token-missing':
      return { AWSAccessKeyId: accessKeyId }
    case 'signature-mismatch':
      return { AWSAccessKeyId: accessKeyId, SignatureProvided: signature }
    case 'skewed-clock':
      return { RequestTime: basicDate(at), ServerTime: seconds(now), MaxAllowedSkewMilliseconds: '900000' }
    case 'expired-url': {
      const expires = new Date(at.getTime() + (expiresSeconds ?? 0) * 1000)
      return {
        ...(expiresSeconds !== undefined && { 'X-Amz-Expires': String(expiresSeconds) }),
        Expires: seconds(expires),
        ServerTime: seconds(now),
      }
    }
    default:
      return {}
  }
}
