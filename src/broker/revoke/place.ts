import type { Session } from '../../model/session.ts'
import type { BrokerConfig } from '../config/broker-config.ts'

/** Where at AWS a session can be denied, or why nowhere. */
export type Place =
  | { readonly kind: 'role'; readonly arn: string; readonly name: string; readonly accountId: string }
  | { readonly kind: 'user'; readonly arn: string; readonly name: string; readonly accountId: string }
  | { readonly kind: 'none'; readonly where: string; readonly because: string }

/** The role or user whose policy a session can be denied by: ours to write on, and not one of those AWS lets nobody change. */
export function placeOf(session: Session, { roles }: Pick<BrokerConfig, 'roles'>): Place {
  const { roleArn, accountId, principalId } = session
  if (roleArn === '') return userPlace(principalId.replace(/^aws:/, ''), accountId, roles)
  const path = /:role\/(.+)$/.exec(roleArn)?.[1] ?? ''
  const name = path.slice(path.lastIndexOf('/') + 1)
  const none = (because: string): Place => ({ kind: 'none', where: roleArn, because })
  if (path.startsWith('aws-service-role/')) return none('AWS lets nobody end the sessions of a service-linked role')
  if (path.startsWith('aws-reserved/') || name.startsWith('AWSReservedSSO_'))
    return none(
      'a role of IAM Identity Center cannot be changed in IAM: delete the assignment, and deny identitystore:userId in its permission set',
    )
  const known = Object.values(roles).find(({ arn }) => arn === roleArn)
  if (!known) return none('the role is not in the configuration of this broker: its owner can put a deny policy on it')
  if (!known.revocable) return none('the configuration says that the broker may not put policies on this role')
  return { kind: 'role', arn: roleArn, name, accountId }
}

function userPlace(arn: string, accountId: string, roles: BrokerConfig['roles']): Place {
  const none = (because: string): Place => ({ kind: 'none', where: arn, because })
  if (arn.endsWith(':root')) return none('AWS lets nobody end sessions of the root user; they last an hour at most')
  const path = /:user\/(.+)$/.exec(arn)?.[1]
  if (path === undefined) return none('it is not known whose session this is')
  const ours = Object.values(roles).some((role) => role.accountId === accountId && role.revocable)
  if (!ours) return none('the account is not one in which this broker may put policies')
  return { kind: 'user', arn, name: path.slice(path.lastIndexOf('/') + 1), accountId }
}
