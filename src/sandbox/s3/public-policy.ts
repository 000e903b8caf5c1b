import type { Condition, Statement } from '../../policy/document.ts'
import { parsePolicy } from '../../policy/index.ts'
import type { PolicyText } from '../cloud.ts'

/**
 * Whether S3 calls a bucket policy public: it allows everyone something, and no condition narrows "everyone" down to
 * fixed values. See "The meaning of public" in the Amazon S3 User Guide.
 */
export function isPublicPolicy(text: PolicyText): boolean {
  const parsed = parsePolicy(text, 'resource')
  return parsed.ok && parsed.document.statements.some(isPublic)
}

function isPublic({ effect, principal, notPrincipal, conditions }: Statement): boolean {
  if (effect !== 'Allow') return false
  const everyone = notPrincipal !== undefined || principal?.any === true || principal?.aws?.includes('*') === true
  return everyone && !conditions.some(narrows)
}

const narrowing = new Set([
  'aws:principalaccount',
  'aws:principalarn',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourceaccount',
  'aws:sourcearn',
  'aws:sourceorgid',
  'aws:sourceorgpaths',
  'aws:sourceowner',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:userid',
  's3:dataaccesspointaccount',
  's3:dataaccesspointarn',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
])

function narrows({ operator, key, values }: Condition): boolean {
  const name = key.toLowerCase()
  // IfExists and the negated operators let in whoever lacks the key or has any other value.
  if (/not|ifexists|null|forallvalues/i.test(operator)) return false
  if (name === 'aws:sourceip') return values.every((range) => isNarrowRange(range))
  // The one wildcard that is fixed enough: any session of one role.
  const fixed = name === 'aws:userid' ? /^[A-Z0-9]{16,}(?::\*)?$/ : /^[^*?]*$/
  return narrowing.has(name) && values.every((value) => fixed.test(value) && !value.includes('${'))
}

// AWS counts ranges wider than /8 (IPv4) and /32 (IPv6) as the whole Internet.
function isNarrowRange(range: string): boolean {
  const [address = '', bits] = range.split('/')
  return bits === undefined || Number(bits) >= (address.includes(':') ? 32 : 8)
}
