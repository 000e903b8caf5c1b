import type { RequestContext } from '../../policy/question.ts'
import { overrideTags } from '../caller-context.ts'
import type { Session, Tags } from '../cloud.ts'
import { validationError } from '../fault.ts'

interface Given {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[]
  readonly TransitiveTagKeys?: readonly string[]
}

/** The session tags of a request, with what the calling session hands down. */
export interface SessionTags {
  /** Those of this request alone. */
  readonly requested: Tags
  readonly tags: Tags
  readonly transitiveTagKeys: readonly string[]
}

/**
 * Reads session tags. Keys are the same whatever their case; those handed down by the calling session cannot be set
 * again; only tags of this request can be made transitive. See "Pass session tags in AWS STS" in the IAM User Guide.
 */
export function readSessionTags(given: Given, parent: Session | undefined): SessionTags {
  const requested: Record<string, string> = {}
  const seen = new Set<string>()
  for (const { Key, Value } of given.Tags ?? []) {
    if (/^aws:/i.test(Key)) throw validationError('Tag keys that begin with aws: are reserved')
    if (seen.has(Key.toLowerCase()))
      throw validationError('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    seen.add(Key.toLowerCase())
    requested[Key] = Value
  }
  const inherited = inheritedTags(parent)
  const repeated = Object.keys(inherited).find((key) => seen.has(key.toLowerCase()))
  if (repeated !== undefined)
    throw validationError(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  const transitive = given.TransitiveTagKeys ?? []
  if (transitive.some((key) => !seen.has(key.toLowerCase())))
    throw validationError('The specified transitive tag key must be included in the requested tags.')
  return {
    requested,
    tags: overrideTags(inherited, requested),
    transitiveTagKeys: [...Object.keys(inherited), ...transitive],
  }
}

/** The tags a session hands down to the roles it assumes. */
function inheritedTags(parent: Session | undefined): Tags {
  const keys = new Set(parent?.transitiveTagKeys.map((key) => key.toLowerCase()))
  return Object.fromEntries(Object.entries(parent?.tags ?? {}).filter(([key]) => keys.has(key.toLowerCase())))
}

/** The condition keys that session tags bring to the call that sets them. */
export function tagContext({ requested, transitiveTagKeys }: SessionTags): RequestContext {
  const keys = Object.keys(requested)
  return {
    ...Object.fromEntries(keys.map((key) => [`aws:RequestTag/${key}`, requested[key] ?? ''])),
    ...(keys.length > 0 ? { 'aws:TagKeys': keys } : {}),
    ...(transitiveTagKeys.length > 0 ? { 'sts:TransitiveTagKeys': transitiveTagKeys } : {}),
  }
}
