import { Failure } from '../../model/failure.ts'
import { placeText, shown } from '../parse.ts'
import type { Profile } from '../read.ts'
import { ssoSessionOf } from '../sso-session.ts'
import { textIn } from '../values.ts'
import type { Way } from './way.ts'

const accountId = { pattern: /^\d{12}$/, hint: 'It has twelve digits, like 111122223333.' }
const roleName = { pattern: /^[\w+=,.@-]{1,64}$/, hint: 'It is the name of a permission set: mayfly sso ls' }

/**
 * A role of IAM Identity Center: `sso_account_id` and `sso_role_name`, with `sso_session` or (as profiles of before had
 * it) `sso_start_url` and `sso_region` in the profile.
 */
export const identityCenterWay: Way = {
  keys: ['sso_account_id', 'sso_role_name'],
  read: (profile, { profiles, target }) => ({
    kind: 'identity-center',
    session: ssoSessionOf(profile, profiles, target),
    accountId: textIn(profile, 'sso_account_id', accountId) ?? missing(profile, 'sso_account_id'),
    roleName: textIn(profile, 'sso_role_name', roleName) ?? missing(profile, 'sso_role_name'),
  }),
}

function missing(profile: Profile, key: string): never {
  throw new Failure(
    'profile-incomplete',
    `${placeText(profile.at)}: the profile ${shown(profile.name)} lacks ${key}.`,
    {
      hint: 'mayfly sso ls shows the accounts and roles that are assigned to you.',
    },
  )
}
