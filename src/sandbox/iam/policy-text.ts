import type { PolicyDocument } from '../../policy/index.ts'
import { type ParseOptions, type PolicyKind, parsePolicy } from '../../policy/index.ts'
import { malformedBy } from './faults.ts'

/** The parsed document, or MalformedPolicyDocument in AWS's words. */
export function acceptPolicy(text: string, kind: PolicyKind, options?: ParseOptions): PolicyDocument {
  const parsed = parsePolicy(text, kind, options)
  if (!parsed.ok) throw malformedBy(parsed.faults)
  return parsed.document
}

/** How much of its quota an accepted document takes: IAM does not count white space. */
export const policySize = (text: string): number => JSON.stringify(JSON.parse(text)).length
