import { createHash } from 'node:crypto'
import type { ApprovalRequest } from '../../model/session-request.ts'
import type { BrokerConfig, Grant, Role } from '../config/broker-config.ts'

/**
 * What is approved when a request on a grant is: how many of whom it takes and until when it counts, the role behind the
 * name, and what the grant lets its sessions do. A digest: who voted under other terms has not voted on these.
 */
export function termsOf({ approvals, policy }: Grant, { arn }: Role): string {
  const terms = JSON.stringify([approvals ?? null, arn, policy ?? null])
  return createHash('sha256').update(terms).digest('hex').slice(0, 32)
}

/** Whether the configuration has changed the terms of a request since it was asked: it must be asked for anew. */
export function isOutdated(request: ApprovalRequest, config: Pick<BrokerConfig, 'roles' | 'grants'>): boolean {
  const grant = config.grants.find(({ name }) => name === request.grant)
  const role = grant && config.roles[grant.role]
  return !grant || !role || request.terms !== termsOf(grant, role)
}
