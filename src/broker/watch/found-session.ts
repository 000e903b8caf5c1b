import { createHash } from 'node:crypto'
import type { Session } from '../../model/session.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { newId } from '../new-id.ts'
import { type Issuance, longestRoleLife, longestUserLife, type Use } from './read-record.ts'

type Roles = Pick<BrokerConfig, 'roles'>

/** A session that somebody else issued, as its issue tells of it; `parent` is the one it was taken with. */
export function foundByIssue(issued: Issuance, parent: Session | undefined, { roles }: Roles): Session {
  const { operation, accessKeyId, accountId, roleArn, userId, sessionName, sourceIdentity, from, byKeyId } = issued
  // Who took a chain's first session is behind the others.
  const owner = parent?.origin === 'cloudtrail' && roleArn !== '' ? parent.principalId : `aws:${issued.by}`
  return {
    id: idOf(accessKeyId),
    origin: 'cloudtrail',
    operation,
    state: 'issued',
    principalId: owner,
    principalName: sourceIdentity || lastPart(issued.by),
    principalKind: 'unknown',
    accountId,
    roleArn,
    role: nameOf(roleArn, roles),
    grant: '',
    sessionName,
    sourceIdentity,
    askedAt: issued.issuedAt,
    issuedAt: issued.issuedAt,
    expiresAt: issued.expiresAt,
    accessKeyId,
    userId,
    sourceIp: from,
    ...(byKeyId.startsWith('ASIA') ? { parentAccessKeyId: byKeyId } : {}),
  }
}

/** A session whose issue was not seen, as its use tells of it. It ends, at the latest, when AWS lets none live longer. */
export function foundByUse(use: Use, { roles }: Roles): Session {
  const { operation, accessKeyId, accountId, roleArn, userId, sessionName, sourceIdentity, issuerArn } = use
  const issuedAt = use.startedAt ?? use.at
  return {
    id: idOf(accessKeyId || `${userId} ${issuedAt}`),
    origin: 'cloudtrail',
    operation,
    state: 'issued',
    principalId: `aws:${issuerArn}`,
    principalName: sourceIdentity || sessionName || lastPart(issuerArn),
    principalKind: 'unknown',
    accountId,
    roleArn,
    role: nameOf(roleArn, roles),
    grant: '',
    sessionName,
    sourceIdentity,
    askedAt: issuedAt,
    issuedAt,
    expiresAt: issuedAt + (roleArn === '' ? longestUserLife : longestRoleLife),
    ...(accessKeyId === '' ? {} : { accessKeyId }),
    userId,
  }
}

/** The same of one session in every broker, so that it is found once. */
const idOf = (key: string): string =>
  newId('s', () => createHash('sha256').update(`found ${key}`).digest().subarray(0, 18))

const lastPart = (arn: string): string => arn.slice(Math.max(arn.lastIndexOf('/'), arn.lastIndexOf(':')) + 1)

const nameOf = (arn: string, roles: BrokerConfig['roles']): string =>
  arn === '' ? '' : (Object.values(roles).find((role) => role.arn === arn)?.name ?? '')
