import type { RequestContext } from '../policy/question.ts'
import { type Cloud, keyOf, type Session, type Tags } from './cloud.ts'
import type { Call, Caller, Permission } from './service.ts'

type Context = Record<string, string | readonly string[]>

const principalTypes = {
  anonymous: 'Anonymous',
  root: 'Account',
  user: 'User',
  'assumed-role': 'AssumedRole',
  'federated-user': 'FederatedUser',
} as const

const seconds = (at: Date): string => at.toISOString().replace(/\.\d{3}Z$/, 'Z')

/**
 * The condition keys of a call: those of the request, of the caller, and what the permission brings. A key AWS leaves
 * out is left out. See "AWS global condition context keys" in the IAM User Guide.
 */
export function requestContext(call: ContextCall, permission: Permission): RequestContext {
  const { at, caller } = call
  const context: Context = {
    'aws:CurrentTime': seconds(at),
    'aws:EpochTime': String(Math.floor(at.getTime() / 1000)),
    // The stand-in listens without TLS, but stands for what AWS sees: policies that insist on TLS must let it through.
    'aws:SecureTransport': 'true',
    'aws:SourceIp': call.sourceIp,
    'aws:RequestedRegion': call.region,
    'aws:ViaAWSService': String(call.invokedBy !== undefined),
    'aws:PrincipalIsAWSService': 'false',
    'aws:PrincipalType': principalTypes[caller.kind],
  }
  if (call.invokedBy !== undefined) {
    context['aws:CalledVia'] = [call.invokedBy]
    context['aws:CalledViaFirst'] = call.invokedBy
    context['aws:CalledViaLast'] = call.invokedBy
  }
  if (call.userAgent !== '') context['aws:UserAgent'] = call.userAgent
  const owner = permission.resourceAccount ?? caller.accountId
  if (owner !== '') context['aws:ResourceAccount'] = owner
  if (caller.kind !== 'anonymous') addPrincipal(context, call.cloud, caller, at)
  for (const [key, value] of Object.entries(permission.resourceTags ?? {})) {
    context[`aws:ResourceTag/${key}`] = value
    if (permission.action.startsWith('iam:')) context[`iam:ResourceTag/${key}`] = value
  }
  return { ...context, ...permission.context }
}

export type ContextCall = Pick<Call, 'at' | 'caller' | 'cloud' | 'sourceIp' | 'region' | 'userAgent' | 'invokedBy'>

function addPrincipal(context: Context, cloud: Cloud, caller: Caller, at: Date): void {
  const { session } = caller
  context['aws:PrincipalArn'] = caller.kind === 'user' ? caller.arn : (session?.principalArn ?? caller.arn)
  context['aws:PrincipalAccount'] = caller.accountId
  context['aws:userid'] = caller.userId
  if (caller.kind === 'user' && caller.userName !== undefined) context['aws:username'] = caller.userName
  for (const [key, value] of Object.entries(principalTags(cloud, caller))) context[`aws:PrincipalTag/${key}`] = value
  if (session === undefined) return
  context['aws:TokenIssueTime'] = seconds(new Date(session.issuedAt))
  if (session.sourceIdentity !== undefined) context['aws:SourceIdentity'] = session.sourceIdentity
  addMfa(context, session, at, cloud.mfaInRoleSessions === true)
  Object.assign(context, session.context)
}

/**
 * The MFA keys come with temporary credentials only. A role's session that was taken with MFA has none either, unless
 * told: that it meets no MFA condition later on is what the missing key says.
 */
function addMfa(context: Context, session: Session, at: Date, inRoles: boolean): void {
  if (session.kind === 'assumed-role' && session.mfaAt !== undefined && !inRoles) return
  context['aws:MultiFactorAuthPresent'] = String(session.mfaAt !== undefined)
  if (session.mfaAt === undefined) return
  const age = Math.max(0, Math.floor((at.getTime() - new Date(session.mfaAt).getTime()) / 1000))
  context['aws:MultiFactorAuthAge'] = String(age)
}

/** The tags of the user or role, overridden by those of the session. Keys are the same whatever their case. */
function principalTags(cloud: Cloud, caller: Caller): Tags {
  const { session } = caller
  const name = session?.kind === 'assumed-role' ? session.issuer.name : caller.userName
  const table = session?.kind === 'assumed-role' ? cloud.roles : cloud.users
  const own = name === undefined ? undefined : table.get(keyOf(caller.accountId, name))
  if (session === undefined || Object.keys(session.tags).length === 0) return own?.tags ?? {}
  return overrideTags(own?.tags ?? {}, session.tags)
}

/** Both sets of tags; where keys are the same but for their case, those of `over`. */
export function overrideTags(under: Tags, over: Tags): Tags {
  const taken = new Set(Object.keys(over).map((key) => key.toLowerCase()))
  const kept = Object.entries(under).filter(([key]) => !taken.has(key.toLowerCase()))
  return Object.fromEntries([...kept, ...Object.entries(over)])
}
