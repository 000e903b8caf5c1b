import type { RequestContext } from '../../policy/index.ts'
import type { Tags } from '../cloud.ts'
import { invalidInput } from './faults.ts'

type TagList = readonly { readonly Key: string; readonly Value: string }[]

/** The condition keys that tags in a request bring: `aws:RequestTag/…` and `aws:TagKeys`. */
export function requestTagContext(tags: TagList | undefined): RequestContext {
  if (tags === undefined || tags.length === 0) return {}
  return {
    ...Object.fromEntries(tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value])),
    'aws:TagKeys': tags.map(({ Key }) => Key),
  }
}

/** Tags by key. A key given twice, in whatever case, is refused. */
export function tagsOf(list: TagList | undefined): Tags {
  const seen = new Set<string>()
  for (const { Key } of list ?? []) {
    const folded = Key.toLowerCase()
    if (seen.has(folded))
      throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
    if (folded.startsWith('aws:')) throw invalidInput('Tag keys with the prefix aws: are reserved for AWS use.')
    seen.add(folded)
  }
  return Object.fromEntries((list ?? []).map(({ Key, Value }) => [Key, Value]))
}

/** As responses list them; undefined, and so left out, when there are none. */
export function tagView(tags: Tags): TagList | undefined {
  const entries = Object.entries(tags)
  return entries.length === 0 ? undefined : entries.map(([Key, Value]) => ({ Key, Value }))
}
