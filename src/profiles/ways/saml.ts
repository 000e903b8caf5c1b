import { Failure } from '../../model/failure.ts'
import type { SamlLogin } from '../../model/source-spec.ts'
import { placeText, shown } from '../parse.ts'
import type { Profile } from '../read.ts'
import { arnsIn, durationIn, forms, policyIn, textIn } from '../values.ts'
import type { Way } from './way.ts'

const providerArn = {
  pattern: /^arn:[\w-]{1,30}:iam::\d{12}:saml-provider\/[\w.-]{1,128}$/,
  hint: 'It looks like arn:aws:iam::111122223333:saml-provider/NAME',
}
const loginUrl = {
  // Passwords are typed there: without TLS only on this machine.
  pattern: /^(?:https:\/\/|http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])[:/])[\x21-\x7e]+$/,
  hint: 'It is where people sign in, like https://idp.example.com/app/aws/sso/saml',
}
const port = {
  pattern: /^(?!6553[6-9]|655[4-9]\d|65[6-9]\d\d|6[6-9]\d{3}|[7-9]\d{4})\d{1,5}$/,
  hint: 'Use the port of the address that the identity provider may answer to.',
}

/**
 * A role for whoever a SAML identity provider vouches for: `mayfly_saml_login_url` (with `mayfly_saml_callback_port`
 * where the provider may answer to this machine) or `mayfly_saml_assertion_process`; `role_arn` and
 * `mayfly_saml_provider_arn` choose among the roles of the assertion.
 */
export const samlWay: Way = {
  keys: ['mayfly_saml_login_url', 'mayfly_saml_assertion_process', 'mayfly_saml_provider_arn'],
  read: (profile, { readText, target }) => {
    const roleArn = textIn(profile, 'role_arn', forms.roleArn)
    const provider = textIn(profile, 'mayfly_saml_provider_arn', providerArn)
    const duration = durationIn(profile, 'duration_seconds', 900, 43_200)
    const policy = policyIn(profile, readText)
    const policyArns = arnsIn(profile, 'mayfly_policy_arns')
    return {
      kind: 'saml',
      ...(roleArn ? { roleArn } : {}),
      ...(provider ? { providerArn: provider } : {}),
      login: loginIn(profile),
      ...(duration === undefined ? {} : { duration }),
      ...(policy ? { policy } : {}),
      ...(policyArns ? { policyArns } : {}),
      sts: target('sts'),
    }
  },
}

function loginIn(profile: Profile): SamlLogin {
  const process = profile.entries.get('mayfly_saml_assertion_process')
  const url = textIn(profile, 'mayfly_saml_login_url', loginUrl)
  if (process?.value && url !== undefined)
    throw new Failure(
      'config-invalid',
      `${placeText(process.at)}: the profile ${shown(profile.name)} has both mayfly_saml_login_url and mayfly_saml_assertion_process.`,
      { hint: 'Keep one of them.' },
    )
  if (process?.value) return { process: process.value }
  if (url === undefined)
    throw new Failure(
      'profile-incomplete',
      `${placeText(profile.at)}: the profile ${shown(profile.name)} does not say where to sign in.`,
      { hint: 'Add mayfly_saml_login_url = URL, or mayfly_saml_assertion_process = COMMAND.' },
    )
  const callbackPort = textIn(profile, 'mayfly_saml_callback_port', port)
  return { url, ...(callbackPort === undefined ? {} : { callbackPort: Number(callbackPort) }) }
}
