import { compile, parsePolicy, type RequestContext } from '../policy/index.ts'
import { type ContextCall, requestContext } from './caller-context.ts'
import type { Role } from './cloud.ts'
import { type IssuedCredentials, issueSession } from './issue-session.ts'

/**
 * Whether the trust policy of a role lets a service of AWS, such as `ec2.amazonaws.com`, assume it, and do with it
 * whatever else of `actions` it must. `more` are the condition keys of the occasion.
 */
export function trustsService(
  role: Role,
  service: string,
  call: ContextCall,
  more: RequestContext = {},
  actions: readonly string[] = ['sts:AssumeRole'],
): boolean {
  const trust = parsePolicy(role.trust, 'trust')
  if (!trust.ok) return false
  const context: RequestContext = {
    'aws:PrincipalIsAWSService': 'true',
    'aws:PrincipalServiceName': service,
    'aws:SourceAccount': role.accountId,
    ...more,
  }
  const decide = compile({ resource: trust.document })
  return actions.every((action) => {
    const asked = { action, resource: role.arn, resourceAccount: role.accountId }
    const { 'aws:PrincipalType': _, ...known } = requestContext(call, { ...asked, resourceTags: role.tags, context })
    return decide({ principal: service, ...asked, context: known }).outcome === 'allowed'
  })
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
