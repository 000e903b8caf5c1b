import { accountOfArn } from '../../model/arn.ts'
import type { RequestContext } from '../../policy/index.ts'
import { sessionCaller } from '../claim.ts'
import { keyOf, type Role } from '../cloud.ts'
import { validationError } from '../fault.ts'
import type { Call, InnerCaller, Permission } from '../service.ts'
import { issueServiceSession, trustsService } from '../service-session.ts'

const cloudFormation = 'cloudformation.amazonaws.com'

/** Leave to hand a role to CloudFormation; nothing, when none is handed. */
export const toPass = (roleArn: string | undefined): readonly Permission[] =>
  roleArn === undefined
    ? []
    : [{ action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': cloudFormation } }]

/** The condition keys of handing one over: `cloudformation:RoleArn` and where the template is. */
export const intentContext = (input: { readonly RoleARN?: string; readonly TemplateURL?: string }): RequestContext => ({
  ...(input.RoleARN === undefined ? {} : { 'cloudformation:RoleArn': input.RoleARN }),
  ...(input.TemplateURL === undefined ? {} : { 'cloudformation:TemplateUrl': input.TemplateURL }),
})

/** Calls in the caller's own name. */
export const asCaller = (call: Call): InnerCaller => call.inside.as(call.caller, cloudFormation, call.region)

/**
 * Calls in the name of whom a stack acts for: the role it was given, in a session of an hour, or else whoever asks. A
 * role that is not there, or does not trust CloudFormation, is refused.
 */
export function actingFor(call: Call, roleArn: string | undefined): InnerCaller {
  if (roleArn === undefined) return asCaller(call)
  const role = findRole(call, roleArn)
  const caller =
    role && trustsService(role, cloudFormation, call) ? sessionCaller(call.cloud, sessionOf(call, role)) : undefined
  if (caller === undefined) throw validationError(`Role ${roleArn} is invalid or cannot be assumed`)
  return call.inside.as(caller, cloudFormation, call.region)
}

function findRole({ cloud, caller }: Call, arn: string): Role | undefined {
  const role = cloud.roles.get(keyOf(caller.accountId, arn.slice(arn.lastIndexOf('/') + 1)))
  return role?.arn === arn && accountOfArn(arn) === caller.accountId ? role : undefined
}

function sessionOf(call: Call, role: Role) {
  const issued = issueServiceSession(call, { role, sessionName: 'AWSCloudFormation', duration: 3600 })
  const session = call.cloud.sessions.get(issued.AccessKeyId)
  if (session === undefined) throw new TypeError('a session that was issued is there')
  return session
}
