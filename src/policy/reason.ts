import { isTrustQuestion } from './decide.ts'
import type { AccessQuestion, PolicyType, Verdict } from './question.ts'

const names: Readonly<Record<PolicyType, string>> = {
  identity: 'identity-based policy',
  resource: 'resource-based policy',
  boundary: 'permissions boundary',
  session: 'session policy',
  scp: 'service control policy',
  rcp: 'resource control policy',
  endpoint: 'VPC endpoint policy',
}

/**
 * The end of AWS's AccessDenied message, from "because" or "with" on; empty for a verdict that allows. Where several
 * types deny, AWS names one. See "Troubleshoot access denied error messages" in the IAM User Guide.
 */
export function denialReason(verdict: Verdict, question: AccessQuestion): string {
  const isTrust = isTrustQuestion(question.action.toLowerCase(), question.resource)
  const name = (type: PolicyType) => (type === 'resource' && isTrust ? 'role trust policy' : names[type])
  if (verdict.outcome === 'implicitly-denied')
    return `because no ${name(verdict.silent ?? 'identity')} allows the ${question.action} action`
  const [first] = verdict.deciding
  if (verdict.outcome === 'allowed' || first === undefined) return ''
  const denier = name(first.type)
  if (denier === 'role trust policy') return 'with an explicit deny in the role trust policy'
  return `with an explicit deny in ${/^[aei]/.test(denier) ? 'an' : 'a'} ${denier}`
}

/** The whole AccessDenied message; empty for a verdict that allows. */
export function denialMessage(verdict: Verdict, question: AccessQuestion): string {
  const reason = denialReason(verdict, question)
  if (reason === '') return ''
  const { principal, action, resource } = question
  return `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} ${reason}`
}
