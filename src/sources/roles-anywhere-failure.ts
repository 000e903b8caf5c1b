import { Failure, type FailureCode } from '../model/failure.ts'
import type { RolesAnywhereSpec } from '../model/source-spec.ts'

/** What came back from IAM Roles Anywhere. */
export interface Answered {
  readonly origin: string
  readonly status: number
  readonly headers: Headers
  readonly body: Readonly<Record<string, unknown>>
}

/** Whether the same call may succeed a moment later. */
export const isBusy = ({ status, headers }: Answered): boolean =>
  status === 429 || status >= 500 || /^Throttling/.test(headers.get('x-amzn-errortype') ?? '')

/** What to tell of a refusal: a code to branch on, AWS's reason, and what to do. */
export function rolesAnywhereFailure(answered: Answered, spec: RolesAnywhereSpec, now: Date): Failure {
  const { origin, status, headers, body } = answered
  const code = codeIn(answered)
  if (code === undefined)
    return new Failure('aws-refused', `What answered at ${origin} (HTTP ${status}) is not IAM Roles Anywhere.`, {
      hint: 'Check endpoint_url, and whether a proxy or a login page of the network stands in between.',
    })
  const message = textIn(body.message ?? body.Message) || code
  const said = `AWS refused CreateSession: ${message}`
  const isAbout = (form: RegExp): boolean => form.test(message)
  const fail = (as: FailureCode, hint: string): Failure => new Failure(as, said, { hint })
  if (isAbout(/Signature (?:expired|not yet current)/))
    return fail('aws-refused', `Set this machine to network time${drift(headers, now)}.`)
  if (code === 'ResourceNotFoundException')
    return fail('aws-refused', 'Check mayfly_trust_anchor_arn and mayfly_profile_arn in the profile.')
  if (code === 'ValidationException') return fail('aws-refused', 'Correct what it names in the profile.')
  if (isAbout(/Untrusted Signing Certificate/i))
    return fail(
      'access-denied',
      spec.chain === undefined
        ? 'No way leads from the certificate to the trust anchor; name the authorities in between in mayfly_certificate_chain.'
        : 'No way leads from the certificate and its chain to the trust anchor: check who issued them.',
    )
  if (isAbout(/revoked/i))
    return fail('access-denied', 'A revocation list of the account names it: get a new certificate.')
  if (isAbout(/Unable to assume role/))
    return fail(
      'access-denied',
      'The role must be in the profile, and must trust rolesanywhere.amazonaws.com to sts:AssumeRole, sts:TagSession and sts:SetSourceIdentity.',
    )
  return fail(
    code === 'AccessDeniedException' ? 'access-denied' : 'aws-refused',
    'See "Troubleshooting" in the IAM Roles Anywhere User Guide.',
  )
}

/** restJson1 says the code in a header or in the body, and may add a namespace or an address. */
function codeIn({ headers, body }: Answered): string | undefined {
  const named = headers.get('x-amzn-errortype') ?? textIn(body.__type ?? body.code)
  const code = named.split(':')[0]?.split('#').at(-1)?.trim()
  return code !== undefined && /^\w{1,128}$/.test(code) ? code : undefined
}

/** Made safe to print. */
const textIn = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
        .trim()
        .slice(0, 1000)
    : ''

function drift(headers: Headers, now: Date): string {
  const ahead = now.getTime() - Date.parse(headers.get('date') ?? '')
  const minutes = Math.round(Math.abs(ahead) / 60_000)
  return minutes >= 1 ? `: it is ${minutes} minutes ${ahead < 0 ? 'behind' : 'ahead of'} AWS` : ''
}
