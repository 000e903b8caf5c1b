import { Fault } from '../../fault.ts'
import type { Answer } from '../../service.ts'

/** The exceptions of the service model with the OAuth error each stands for (RFC 6749, section 5.2; RFC 8628, section 3.5). */
const exceptions = {
  AccessDeniedException: ['access_denied', 400],
  AuthorizationPendingException: ['authorization_pending', 400],
  ExpiredTokenException: ['expired_token', 400],
  InternalServerException: ['server_error', 500],
  InvalidClientException: ['invalid_client', 401],
  InvalidClientMetadataException: ['invalid_client_metadata', 400],
  InvalidGrantException: ['invalid_grant', 400],
  InvalidRedirectUriException: ['invalid_redirect_uri', 400],
  InvalidRequestException: ['invalid_request', 400],
  InvalidScopeException: ['invalid_scope', 400],
  SlowDownException: ['slow_down', 400],
  UnauthorizedClientException: ['unauthorized_client', 400],
  UnsupportedGrantTypeException: ['unsupported_grant_type', 400],
} as const

type ExceptionName = keyof typeof exceptions

export const oidcFault = (name: ExceptionName, description: string): Fault =>
  new Fault(name, exceptions[name][1], description)

const isException = (code: string): code is ExceptionName => Object.hasOwn(exceptions, code)

/**
 * A refusal as the SDKs read it: the exception's name in a header besides OAuth's body. Without the header botocore
 * knows no exception, and the AWS CLI stops polling at the first "authorization_pending".
 */
export function refuseOidc(fault: Fault): Answer {
  const name = isException(fault.code)
    ? fault.code
    : fault.status >= 500
      ? 'InternalServerException'
      : 'InvalidRequestException'
  const [error, status] = exceptions[name]
  return {
    status: name === fault.code ? status : fault.status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', 'x-amzn-ErrorType': name },
    body: JSON.stringify({ error, error_description: fault.message }),
  }
}
