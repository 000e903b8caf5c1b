import type { Caller } from './caller.ts'
import type { PrincipalElement } from './document.ts'

/**
 * How a Principal element names a caller, which decides what else must agree: `direct` is the caller itself (its user,
 * session or federated-user ARN, or everyone), `role` the role behind its session, `account` only its account, which
 * leaves the choice to that account's own policies.
 */
export type Naming = 'direct' | 'role' | 'account' | 'none'

/** How this element names a caller, the strongest way first. */
export function compileNaming(element: PrincipalElement): (caller: Caller) => Naming {
  const { any, aws = [], service = [], federated = [] } = element
  const everyone = any === true || aws.includes('*')
  const [names, services, providers] = [new Set(aws), new Set(service), new Set(federated)]
  return (caller) => {
    if (everyone) return 'direct'
    const { kind, arn, account, role } = caller
    if (kind === 'service') return services.has(arn) || services.has('*') ? 'direct' : 'none'
    if (kind === 'identity-provider') return providers.has(arn) || providers.has('*') ? 'direct' : 'none'
    if (kind !== 'role' && names.has(arn)) return 'direct'
    if (role !== undefined && names.has(role)) return 'role'
    if (account === undefined || !(names.has(account) || names.has(rootArn(arn, account)))) return 'none'
    return kind === 'root' ? 'direct' : 'account'
  }
}

/**
 * Whether a NotPrincipal element leaves the caller out. A session is left out only when both it and its role are named,
 * and naming the account leaves out its root user alone.
 */
export function compileExemption(element: PrincipalElement): (caller: Caller) => boolean {
  const naming = compileNaming(element)
  const names = new Set(element.aws)
  const everyone = element.any === true || names.has('*')
  return (caller) => {
    const named = naming(caller)
    if (caller.kind === 'session' && !everyone) return names.has(caller.arn) && names.has(caller.role ?? '')
    return named === 'direct' || (caller.kind === 'role' && named === 'role')
  }
}

const rootArn = (arn: string, account: string) => `arn:${arn.split(':', 2)[1]}:iam::${account}:root`
