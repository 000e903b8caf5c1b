import type { Principal } from '../../model/principal.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { isOneOf } from '../decide/who.ts'

export type Access = 'viewer' | 'approver' | 'admin'

/** What somebody may do beside what concerns themselves: see all, decide on requests, administer. */
export function accessOf(
  principal: Principal,
  { access, grants }: Pick<BrokerConfig, 'access' | 'grants'>,
): readonly Access[] {
  const isAdmin = isOneOf(access.admins, principal)
  const approves =
    isOneOf(access.approvers, principal) ||
    grants.some(({ approvals }) => approvals && isOneOf(approvals.by, principal))
  const views = isAdmin || isOneOf(access.viewers, principal)
  return [
    ...(views ? ['viewer' as const] : []),
    ...(approves ? ['approver' as const] : []),
    ...(isAdmin ? ['admin' as const] : []),
  ]
}

export const mayViewAll = (principal: Principal, config: BrokerConfig): boolean =>
  accessOf(principal, config).includes('viewer')
