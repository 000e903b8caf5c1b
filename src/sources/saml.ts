import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { SamlSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { endedBy, readIssued } from './issued.ts'
import { signInBySaml } from './saml-login.ts'
import { chooseRole } from './saml-role.ts'
import type { Opener } from './source.ts'
import { callSts } from './sts-call.ts'

/**
 * A role for whoever a SAML identity provider vouches for: sts:AssumeRoleWithSAML. The session ends with the one at the
 * provider at the latest. Throws a `Failure`: `login-needed` when no usable assertion came, `access-denied` when it does
 * not name the role.
 */
export const openSaml: Opener<SamlSpec, Credentials> = (spec, host) => {
  const { duration, policy, policyArns, sts } = spec
  if (duration !== undefined && !(Number.isInteger(duration) && duration >= 900 && duration <= 43_200))
    throw new Failure('config-invalid', 'The role cannot be assumed: a session lasts from 900 to 43200 seconds.', {
      hint: 'Correct duration_seconds in the profile.',
    })
  return cached(spec, host, async () => {
    const response = await signInBySaml(spec.login, host)
    const { roleArn, providerArn } = await chooseRole(spec, response.roles, host.ask)
    const params = {
      RoleArn: roleArn,
      PrincipalArn: providerArn,
      SAMLAssertion: response.base64,
      DurationSeconds: duration,
      Policy: policy,
      PolicyArns: policyArns?.length ? policyArns.map((arn) => ({ arn })) : undefined,
    }
    const result = await callSts(host, { action: 'AssumeRoleWithSAML', params, target: sts })
    return endedBy(readIssued(result, host.now()), response.sessionEnd)
  })
}
