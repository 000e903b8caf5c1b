import { validationError } from '../fault.ts'
import { integer, list, type Member, required, structure, text } from '../shape.ts'

/** A member with limits of length, whose characters IAM refuses in its own words instead of by pattern. */
function worded(min: number, max: number, pattern: RegExp, name: string, rule: string): Member<string> {
  const sized = text({ min, max })
  return {
    required: false,
    read(value, at, faults) {
      const before = faults.length
      const read = sized.read(value, at, faults)
      if (read !== undefined && faults.length === before && !pattern.test(read))
        throw validationError(`The specified value for ${name} is invalid. ${rule}`)
      return read
    },
  }
}

const nameOf = (member: string, max: number): Member<string> =>
  worded(
    1,
    max,
    /^[A-Za-z0-9_+=,.@-]+$/,
    member,
    'It must contain only alphanumeric characters and/or the following: +=,.@_-',
  )

export const userName = nameOf('userName', 64)
/** The name of a user that is there already: IAM lets it be longer than a new one. */
export const existingUserName = nameOf('userName', 128)
export const groupName = nameOf('groupName', 128)
export const roleName = nameOf('roleName', 64)
export const policyName = nameOf('policyName', 128)
export const instanceProfileName = nameOf('instanceProfileName', 128)
export const deviceName = nameOf('virtualMFADeviceName', 226)

const pathRule = 'It must begin and end with / and contain only alphanumeric characters and/or / characters.'
export const path = worded(1, 512, /^\/([\x21-\x7e]+\/)?$/, 'path', pathRule)
export const policyPath = worded(1, 512, /^(\/[A-Za-z0-9.,+@=_-]+)*\/$/, 'path', pathRule)
export const pathPrefix = worded(1, 512, /^\/[\x21-\x7f]*$/, 'pathPrefix', 'It must begin with /.')

export const policyDocument = worded(
  1,
  131_072,
  /^[\t\n\r\x20-\xff]+$/,
  'policyDocument',
  'It must contain only printable ASCII characters.',
)

export const arn = text({ min: 20, max: 2048 })
export const accessKeyId = text({ min: 16, max: 128, pattern: '[\\w]+' })
export const serialNumber = text({ min: 9, max: 256, pattern: '[\\w+=/:,.@-]+' })
export const authenticationCode = text({ min: 6, max: 6, pattern: '[\\d]+', sensitive: true })
export const password = text({ min: 1, max: 128, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+', sensitive: true })
export const versionId = text({ pattern: 'v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?' })
export const roleDescription = text({ max: 1000, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u00A1-\\u00FF]*' })
export const policyDescription = text({ max: 1000 })
export const sessionDuration = integer({ min: 3600, max: 43200 })

const tagText = '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]'
const tagKey = text({ min: 1, max: 128, pattern: `${tagText}+` })
const tag = structure({ Key: required(tagKey), Value: required(text({ max: 256, pattern: `${tagText}*` })) })
export const tagList = list(tag, { max: 50 })
export const tagKeyList = list(tagKey, { max: 50 })

/** What every operation that lists in pages takes. */
export const paging = {
  Marker: text({ min: 1, max: 320, pattern: '[\\u0020-\\u00FF]+' }),
  MaxItems: integer({ min: 1, max: 1000 }),
}
