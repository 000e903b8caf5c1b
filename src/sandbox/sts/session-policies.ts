import { deflateRawSync } from 'node:zlib'
import { awsMessage, parsePolicy } from '../../policy/index.ts'
import { managedText } from '../caller-policies.ts'
import type { Cloud, PolicyText, Tags } from '../cloud.ts'
import { Fault, validationError } from '../fault.ts'

interface Given {
  readonly Policy?: string
  readonly PolicyArns?: readonly { readonly arn?: string }[]
}

/** The session policies of a request, read and resolved. */
export interface SessionPolicies {
  /** Undefined when none was passed. */
  readonly texts: readonly PolicyText[] | undefined
  /** Percent of what a session has room for; undefined when there is nothing to pack. */
  readonly packedSize: number | undefined
}

/** AWS packs in a way of its own. This stands in for it: deflated bytes against a fixed room. */
const room = 1500
/** Characters, of the inline policy and the ARNs together. */
const longestPlain = 2048

/**
 * Reads the session policies of a request to an account. Throws `MalformedPolicyDocument`, `PackedPolicyTooLarge` with
 * the percentage, or a ValidationError for an ARN that names no managed policy of the account or of AWS.
 */
export function readSessionPolicies(cloud: Cloud, accountId: string, given: Given, tags: Tags): SessionPolicies {
  const arns = (given.PolicyArns ?? []).flatMap(({ arn }) => arn ?? [])
  const inline = given.Policy
  const plain = (inline?.length ?? 0) + arns.join('').length
  if (plain > longestPlain) throw tooLarge(Math.ceil((plain / longestPlain) * 100))
  if (inline !== undefined) {
    const parsed = parsePolicy(inline, 'identity')
    if (!parsed.ok) throw new Fault('MalformedPolicyDocument', 400, awsMessage(parsed.faults))
  }
  const managed = arns.map((arn) => {
    const owner = cloud.policies.get(arn)?.accountId
    const document = owner === accountId || owner === 'aws' ? managedText(cloud, arn) : undefined
    if (document === undefined) throw validationError(`The policy ${arn} does not exist or is not attachable.`)
    return document
  })
  const packedSize = packed(inline, arns, tags)
  if (packedSize !== undefined && packedSize > 100) throw tooLarge(packedSize)
  const texts =
    inline === undefined && arns.length === 0 ? undefined : [...(inline === undefined ? [] : [inline]), ...managed]
  return { texts, packedSize }
}

/** Percent of a session's room that these take; undefined when there is nothing to pack. */
export function packed(inline: string | undefined, arns: readonly string[], tags: Tags): number | undefined {
  if (inline === undefined && arns.length === 0 && Object.keys(tags).length === 0) return undefined
  const bytes = deflateRawSync(JSON.stringify([inline ?? '', arns, tags])).length
  return Math.ceil((bytes / room) * 100)
}

const tooLarge = (percent: number): Fault =>
  new Fault(
    'PackedPolicyTooLarge',
    400,
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  )
