import { list, required, structure, text } from '../shape.ts'

const tagText = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*'

/** Members that several operations of STS take, as its service model has them. */
export const tagsMember = list(
  structure({
    Key: required(text({ min: 1, max: 128, pattern: tagText.replace(/\*$/, '+') })),
    Value: required(text({ min: 0, max: 256, pattern: tagText })),
  }),
  { max: 50 },
)
export const tagKeysMember = list(text({ min: 1, max: 128, pattern: tagText.replace(/\*$/, '+') }), { max: 50 })
export const policyArnsMember = list(structure({ arn: text({ min: 20, max: 2048 }) }), { max: 10 })
export const serialMember = text({ min: 9, max: 256, pattern: '[\\w+=/:,.@-]*' })
/** Not repeated in errors: it is as good as a password for half a minute. */
export const tokenCodeMember = text({ min: 6, max: 6, pattern: '[\\d]*', sensitive: true })
export const policyCharacters = '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+'
