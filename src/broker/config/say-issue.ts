import type { z } from 'zod'

const kinds: Readonly<Record<string, string>> = {
  object: 'must be a mapping',
  record: 'must be a mapping',
  array: 'must be a list',
  string: 'must be a text',
  number: 'must be a number',
  boolean: 'must be true or false',
}

/** What is wrong with a part of the file, in the words of who wrote it; undefined: the shape's own words. */
export const sayIssue: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && issue.code !== 'unrecognized_keys') return 'is missing'
  if (issue.code === 'invalid_type') return kinds[issue.expected]
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`
  if (issue.code === 'invalid_union' && 'discriminator' in issue) return 'is none of the kinds there are'
  return undefined
}
