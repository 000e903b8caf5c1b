import { decodeForm, splitQuery } from '../../wire/uri.ts'
import { childOf, childrenOf, flat, textOf, writeXml, type XmlElement } from '../../wire/xml.ts'
import type { Tags } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { namespace } from './answers.ts'
import { invalidArgument, malformedXml } from './refusals.ts'

const invalidTag = (message: string, key: string): Fault => new Fault('InvalidTag', 400, message, { TagKey: key })

function checked(pairs: readonly (readonly [string, string])[], most: number): Tags {
  const tags: Record<string, string> = Object.create(null)
  for (const [key, value] of pairs) {
    if (key in tags) throw invalidTag('Cannot provide multiple Tags with the same key', key)
    if (key === '' || key.length > 128) throw invalidTag('The TagKey you have provided is invalid', key)
    if (value.length > 256) throw invalidTag('The TagValue you have provided is invalid', key)
    if (/^aws:/i.test(key)) throw invalidTag('System tags cannot be added/updated by requester', key)
    tags[key] = value
  }
  if (pairs.length > most)
    throw new Fault(
      'BadRequest',
      400,
      most === 10 ? 'Object tags cannot be greater than 10' : `Bucket tag count cannot be greater than ${most}`,
    )
  return { ...tags }
}

/** The tags in an `x-amz-tagging` header: a query string. */
export function tagsOfHeader(text: string | undefined): Tags {
  if (text === undefined) return {}
  const pairs = splitQuery(text).map(([name, value]) => [decodeForm(name), decodeForm(value)] as const)
  const whole = pairs.filter((pair): pair is readonly [string, string] => pair.every((part) => part !== undefined))
  if (whole.length < pairs.length)
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      text,
    )
  return checked(whole, 10)
}

/** The tags of a `<Tagging>` document; objects have 10 at most, buckets 50. */
export function readTagging(root: XmlElement, most: number): Tags {
  const set = childOf(root, 'TagSet')
  if (root.name !== 'Tagging' || !set) throw malformedXml()
  const pairs = childrenOf(set, 'Tag').map((tag) => {
    const key = textOf(tag, 'Key')
    const value = textOf(tag, 'Value')
    if (key === undefined || value === undefined) throw malformedXml()
    return [key, value] as const
  })
  return checked(pairs, most)
}

/** The `<Tagging>` document. */
export const writeTagging = (tags: Tags): string =>
  writeXml(
    'Tagging',
    { TagSet: { Tag: flat(Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))) } },
    { xmlns: namespace, declaration: true },
  )
