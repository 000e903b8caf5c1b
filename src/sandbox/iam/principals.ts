import { parseArn } from '../../model/arn.ts'
import type { PolicyDocument } from '../../policy/index.ts'
import { type Cloud, keyOf, type PolicyText } from '../cloud.ts'
import { malformedPolicy } from './faults.ts'

/**
 * Refuses a policy that trusts a user or role that is not there. Accounts the sandbox does not hold are taken on
 * trust: it cannot know who lives in them.
 */
export function checkPrincipals(document: PolicyDocument, cloud: Cloud): void {
  for (const statement of document.statements)
    for (const principal of statement.principal?.aws ?? [])
      if (!exists(principal, cloud)) throw malformedPolicy(`Invalid principal in policy: "AWS":"${principal}"`)
}

function exists(principal: string, cloud: Cloud): boolean {
  if (/^A[A-Z]{3}[A-Z0-9]{12,}$/.test(principal)) return hasUniqueId(principal, cloud)
  const arn = parseArn(principal)
  if (arn === undefined || cloud.accounts.get(arn.account) === undefined) return true
  const [kind, ...rest] = arn.resource.split('/')
  if (kind === 'assumed-role') return cloud.roles.get(keyOf(arn.account, rest[0] ?? '')) !== undefined
  const name = keyOf(arn.account, rest.at(-1) ?? '')
  if (kind === 'user') return cloud.users.get(name)?.arn === principal
  if (kind === 'role') return cloud.roles.get(name)?.arn === principal
  return true
}

function hasUniqueId(id: string, cloud: Cloud): boolean {
  for (const table of [cloud.users, cloud.roles]) for (const entity of table.values()) if (entity.id === id) return true
  return false
}

/**
 * Follows a user or role in every trust and bucket policy that names it: IAM remembers principals by unique id, so a
 * renamed user stays trusted under the new ARN, and a deleted one leaves its bare id behind, which no newcomer of the
 * same name answers to.
 */
export function renamePrincipal(cloud: Cloud, from: string, to: string): void {
  for (const role of [...cloud.roles.values()]) {
    const trust = replaced(role.trust, from, to)
    if (trust !== role.trust) cloud.roles.put(keyOf(role.accountId, role.name), { ...role, trust })
  }
  for (const bucket of [...cloud.buckets.values()]) {
    const policy = bucket.policy === undefined ? undefined : replaced(bucket.policy, from, to)
    if (policy !== undefined && policy !== bucket.policy) cloud.buckets.put(bucket.name, { ...bucket, policy })
  }
}

function replaced(text: PolicyText, from: string, to: string): PolicyText {
  if (!text.includes(from)) return text
  let found = false
  const document: unknown = JSON.parse(text, (key, value: unknown) => {
    if (key !== 'Principal' && key !== 'NotPrincipal') return value
    if (typeof value !== 'object' || value === null || !('AWS' in value)) return value
    const names: readonly unknown[] = Array.isArray(value.AWS) ? value.AWS : [value.AWS]
    if (!names.includes(from)) return value
    found = true
    const renamed = names.map((name) => (name === from ? to : name))
    return { ...value, AWS: Array.isArray(value.AWS) ? renamed : renamed[0] }
  })
  return found ? JSON.stringify(document) : text
}
