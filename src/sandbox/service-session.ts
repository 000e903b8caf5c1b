import { compile, parsePolicy, type RequestContext } from '../policy/index.ts'
import { type ContextCall, requestContext } from './caller-context.ts'
import type { Role } from './cloud.ts'
import { type IssuedCredentials, issueSession } from './issue-session.ts'

/** Whether the trust policy of a role lets a service of AWS, such as `ec2.amazonaws.com`, assume it. */
export function trustsService(role: Role, service: string, call: ContextCall, more: RequestContext = {}): boolean {
  const trust = parsePolicy(role.trust, 'trust')
  if (!trust.ok) return false
  const action = 'sts:AssumeRole'
  const context: RequestContext = {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
    'aws:SourceAccount': role.accountId,
    ...more,
  }
  const permission = { action, resource: role.arn, resourceAccount: role.accountId, resourceTags: role.tags, context }
  const { 'aws:PrincipalType': _, ...asked } = requestContext(call, permission)
  const question = { principal: service, action, resource: role.arn, resourceAccount: role.accountId, context: asked }
  return compile({ resource: trust.document })(question).outcome === 'allowed'
}

/** A session that a service of AWS takes for whoever it works for. */
export interface ServiceSession {
  readonly role: Role
  readonly sessionName: string
  /** Seconds. */
  readonly duration: number
  /** Condition keys that come with the session. */
  readonly context?: RequestContext
}

/** Issues the session of a role that a service has assumed. Whether it may is `trustsService`'s to say. */
export function issueServiceSession(
  { cloud, at }: Pick<ContextCall, 'cloud' | 'at'>,
  { role, sessionName, duration, context }: ServiceSession,
): IssuedCredentials {
  return issueSession(cloud, at, {
    kind: 'assumed-role',
    accountId: role.accountId,
    arn: `arn:aws:sts::${role.accountId}:assumed-role/${role.name}/${sessionName}`,
    userId: `${role.id}:${sessionName}`,
    principalArn: role.arn,
    issuer: { name: role.name, id: role.id, arn: role.arn },
    duration,
    tags: {},
    transitiveTagKeys: [],
    ...(context ? { context } : {}),
  })
}

/** An instant as AWS's endpoints for credentials write it: to the second. */
export const toTheSecond = (instant: Date): string => instant.toISOString().replace(/\.\d{3}Z$/, 'Z')
