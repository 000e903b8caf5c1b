import type { AccessQuestion, Verdict } from '../policy/index.ts'
import { denialMessage } from '../policy/index.ts'
import { type ContextCall, requestContext } from './caller-context.ts'
import { callerPolicies } from './caller-policies.ts'
import type { PolicyText } from './cloud.ts'
import { accessDenied } from './fault.ts'
import { type PolicyTexts, policyCache } from './policy-cache.ts'
import type { Permission } from './service.ts'

/** A question that was asked of the policies, and what they said. */
export interface Decided {
  readonly question: AccessQuestion
  readonly verdict: Verdict
}

export type Authorize = (call: ContextCall, permission: Permission) => Decided

/** Gives what decides every call of a sandbox: whether the caller's policies, and those on the resource, allow it. */
export function authorizer(): Authorize {
  const deciderOf = policyCache()
  return (call, permission) => {
    const { caller, cloud } = call
    const anonymous = caller.kind === 'anonymous'
    const owner = cloud.accounts.get(permission.resourceAccount ?? caller.accountId)
    const texts: PolicyTexts = {
      ...callerPolicies(cloud, caller),
      // RCPFullAWSAccess is attached to everything in an organisation, and nobody can detach it.
      ...(owner?.rcp ? { rcp: owner.rcp.map((level) => [...level, fullAwsAccess]) } : {}),
      ...(permission.resourcePolicy === undefined
        ? {}
        : { resource: onResource(permission, permission.resourcePolicy) }),
    }
    const question: AccessQuestion = {
      principal: permission.principal ?? (anonymous ? '*' : caller.arn),
      action: permission.action,
      resource: permission.resource,
      ...(permission.resourceAccount === undefined ? {} : { resourceAccount: permission.resourceAccount }),
      context: requestContext(call, permission),
    }
    return { question, verdict: deciderOf(texts)(question) }
  }
}

const fullAwsAccess =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'

const onResource = (permission: Permission, text: PolicyText): NonNullable<PolicyTexts['resource']> => ({
  text,
  kind: /^sts:(?:AssumeRole|TagSession|SetSourceIdentity)/.test(permission.action) ? 'trust' : 'resource',
})

/** Throws the AccessDenied of a verdict that does not allow. */
export function refuseUnlessAllowed({ question, verdict }: Decided, { terse, refusal }: Permission): void {
  if (verdict.outcome === 'allowed') return
  if (refusal !== undefined) throw accessDenied(refusal)
  const { principal, action, resource } = question
  if (principal === '*') throw accessDenied('Access Denied')
  throw accessDenied(
    terse
      ? `User: ${principal} is not authorized to perform: ${action} on resource: ${resource}`
      : denialMessage(verdict, question),
  )
}
