import { Failure, type FailureCode } from '../model/failure.ts'
import type { IotSpec } from '../model/source-spec.ts'

/** What to tell of a refusal of the credentials provider: a code to branch on, AWS's words, and what to do. */
export function iotFailure(status: number, body: Readonly<Record<string, unknown>>, spec: IotSpec): Failure {
  const { endpoint, roleAlias, thing } = spec
  const message = typeof body.message === 'string' ? body.message.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 500) : ''
  if (status === 429 || status >= 500)
    return new Failure('network', `AWS IoT at ${endpoint} is busy (HTTP ${status}).`, {
      hint: 'Run the command again in a while.',
    })
  if (message === '')
    return new Failure(
      'aws-refused',
      `What answered at ${endpoint} (HTTP ${status}) is not AWS IoT's credentials provider.`,
      {
        hint: 'Check mayfly_iot_endpoint: aws iot describe-endpoint --endpoint-type iot:CredentialProvider',
      },
    )
  const known = hints.find(([about]) => about.test(message))
  const [, code, hint] = known ?? [undefined, status === 403 ? 'access-denied' : 'aws-refused', undefined]
  return new Failure(code, `AWS IoT refused the credentials: ${message}`, {
    ...(hint === undefined ? {} : { hint: hint({ roleAlias, thing: thing ?? '' }) }),
  })
}

type Named = { readonly roleAlias: string; readonly thing: string }

const hints: readonly (readonly [about: RegExp, code: FailureCode, hint: (named: Named) => string])[] = [
  [
    /certificate is invalid/i,
    'access-denied',
    () => 'The certificate must be registered in the account and region of the endpoint, and ACTIVE.',
  ],
  [
    /thing name/i,
    'access-denied',
    ({ thing }) => `Attach the certificate to the thing ${thing}: aws iot attach-thing-principal`,
  ],
  [
    /access denied/i,
    'access-denied',
    ({ roleAlias }) =>
      `A policy on the certificate must allow iot:AssumeRoleWithCertificate on the role alias ${roleAlias}: aws iot attach-policy`,
  ],
  [
    /alias does not exist/i,
    'aws-refused',
    () => 'Check mayfly_iot_role_alias in the profile: aws iot list-role-aliases',
  ],
  [/unable to assume/i, 'access-denied', () => 'The role must be there, and must trust credentials.iot.amazonaws.com.'],
  [
    /CredentialDurationSeconds/i,
    'aws-refused',
    () => "Lower the alias's credentialDurationSeconds, or raise the role's maximum session duration.",
  ],
]
