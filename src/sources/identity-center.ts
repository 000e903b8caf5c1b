import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { IdentityCenterSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { endedBy, issuedFrom } from './issued.ts'
import type { Opener } from './source.ts'
import { strangeAnswer } from './sso/call.ts'
import { callPortal } from './sso/portal.ts'

/**
 * A role of IAM Identity Center for whoever signed in: sso:GetRoleCredentials. The sign-in is shared with AWS's own
 * tools. It ends when the permission set says; one that was taken with a sign-in that cannot be renewed ends with it.
 * Throws a `Failure` (`config-invalid`) for a spec that AWS would refuse.
 */
export const openIdentityCenter: Opener<IdentityCenterSpec, Credentials> = (spec, host) => {
  const { session, accountId, roleName } = spec
  if (!/^\d{12}$/.test(accountId) || !/^[\w+=,.@-]{1,64}$/.test(roleName))
    throw new Failure('config-invalid', 'The account or the role is not one that Identity Center can have.', {
      hint: 'sso_account_id has twelve digits; sso_role_name is the name of a permission set.',
    })
  return cached(spec, host, async () => {
    const query = { role_name: roleName, account_id: accountId }
    const { members, token } = await callPortal(session, '/federation/credentials', query, host)
    const given = members.get('roleCredentials')
    if (typeof given !== 'object' || given === null) throw strangeAnswer('GetRoleCredentials')
    const { accessKeyId, secretAccessKey, sessionToken, expiration }: { [member: string]: unknown } = { ...given }
    // Milliseconds, alone among AWS's services.
    const end = typeof expiration === 'number' && expiration > 0 && expiration < 8e15 ? new Date(expiration) : undefined
    const answered = { accessKeyId, secretAccessKey, sessionToken, expiration: end?.toISOString() }
    const issued = issuedFrom(answered, host.now())
    const credentials = { ...issued.credentials, accountId }
    return endedBy({ ...issued, credentials }, token.refreshToken === undefined ? token.expiresAt : undefined)
  })
}
