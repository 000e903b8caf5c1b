import { issuerArn, parseArn } from '../model/arn.ts'
import { compileLookup } from './context.ts'
import type { AccessQuestion } from './question.ts'

/** Who asks, as the evaluation sees them. */
export interface Caller {
  readonly kind: 'user' | 'root' | 'role' | 'session' | 'federated-user' | 'service' | 'identity-provider' | 'anonymous'
  readonly arn: string
  /** Absent for services, identity providers and anonymous callers: they belong to no account. */
  readonly account?: string
  /** For a role's session, the role. */
  readonly role?: string
  /** A role that an AWS service keeps for itself: organisation policies do not bind it. */
  readonly isServiceLinked: boolean
}

const principalArnOf = compileLookup('aws:PrincipalArn')

/** The caller of a question. Text that is no principal at all is a caller nobody can have named. */
export function callerOf({ principal, context }: AccessQuestion): Caller {
  const arn = parseArn(principal)
  if (arn === undefined) return { kind: kindOfName(principal), arn: principal, isServiceLinked: false }
  const { resource } = arn
  // CloudFront's origin access identities are users of an account that is none.
  const inAccount = /^\d{12}$/.test(arn.account) ? { account: arn.account } : {}
  if (arn.service === 'sts' && resource.startsWith('assumed-role/')) {
    const exact = principalArnOf(context)
    const role = typeof exact === 'string' ? exact : issuerArn(principal)
    // Only IAM itself can create roles under this path, whereas the name of such a role is open to anyone.
    const isServiceLinked = role.includes(':role/aws-service-role/')
    return { kind: 'session', arn: principal, ...inAccount, role, isServiceLinked }
  }
  if (/^(oidc|saml)-provider\//.test(resource))
    return { kind: 'identity-provider', arn: principal, isServiceLinked: false }
  const self = { arn: principal, ...inAccount, isServiceLinked: false }
  if (arn.service === 'iam' && resource === 'root') return { kind: 'root', ...self }
  if (arn.service === 'iam' && resource.startsWith('role/')) return { kind: 'role', ...self, role: principal }
  return { kind: arn.service === 'sts' && resource.startsWith('federated-user/') ? 'federated-user' : 'user', ...self }
}

function kindOfName(principal: string): Caller['kind'] {
  if (principal === '*') return 'anonymous'
  // Cognito is an identity provider in spite of its name.
  const isService = /\.amazonaws\.com(\.cn)?$/.test(principal) && principal !== 'cognito-identity.amazonaws.com'
  return isService ? 'service' : 'identity-provider'
}
