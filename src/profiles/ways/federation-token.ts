import { Failure } from '../../model/failure.ts'
import { placeText, shown } from '../parse.ts'
import { arnsIn, durationIn, policyIn, textIn } from '../values.ts'
import { keyOf } from '../vault-key.ts'
import type { Way } from './way.ts'

/** Twelve hours, as AWS has it. */
const standard = 43_200

/**
 * A session under a name of its own, from a key of the vault: `mayfly_federation_name`, and `mayfly_policy` or
 * `mayfly_policy_arns`, without which it would be allowed nothing. The key is the profile's own, or that of the
 * `source_profile`.
 */
export const federationTokenWay: Way = {
  keys: ['mayfly_federation_name'],
  read: (profile, { profiles, readText, target }) => {
    const at = placeText(profile.entries.get('mayfly_federation_name')?.at ?? profile.at)
    const name = textIn(profile, 'mayfly_federation_name', {
      pattern: /^[\w+=,.@-]{2,32}$/,
      hint: 'Use 2 to 32 letters, digits and _+=,.@-',
    })
    if (name === undefined) throw new TypeError('What chose this way is there.')
    const role = profile.entries.get('role_arn')
    if (role)
      throw new Failure('config-invalid', `${placeText(role.at)}: a federated session assumes no role.`, {
        hint: 'Remove role_arn, or mayfly_federation_name.',
      })
    const policy = policyIn(profile, readText)
    const policyArns = arnsIn(profile, 'mayfly_policy_arns')
    if (policy === undefined && policyArns === undefined)
      throw new Failure(
        'profile-incomplete',
        `${at}: ${shown(profile.name)} has no session policy, and would be allowed nothing.`,
        {
          hint: 'Add mayfly_policy or mayfly_policy_arns: a federated session may do what both the policy and the user allow.',
        },
      )
    const source = profile.entries.get('source_profile')
    const user = source ? profiles.profiles.get(source.value) : profile
    if (!user)
      throw new Failure('config-invalid', `${placeText(source?.at ?? profile.at)}: the source_profile is not there.`, {
        hint: 'It names the profile whose key signs.',
      })
    return {
      kind: 'federation-token',
      base: keyOf(user),
      name,
      duration: durationIn(profile, 'mayfly_session_duration', 900, 129_600) ?? standard,
      ...(policy ? { policy } : {}),
      ...(policyArns ? { policyArns } : {}),
      sts: target('sts'),
    }
  },
}
