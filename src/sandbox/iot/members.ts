import { flag, integer, oneOf, required, text } from '../shape.ts'

/** Members that operations of IoT take, as its service model has them. */
export const name = text({ min: 1, max: 128, pattern: '[a-zA-Z0-9:_-]+' })
export const thingName = required(name)
export const thingTypeName = required(name)
export const policyName = required(text({ min: 1, max: 128, pattern: '[\\w+=,.@-]+' }))
export const roleAlias = required(text({ min: 1, max: 128, pattern: '[\\w=,@-]+' }))
export const roleArn = text({ min: 20, max: 2048 })
export const duration = integer({ min: 900, max: 43_200 })
export const certificateId = required(text({ min: 64, max: 64, pattern: '(0x)?[a-fA-F0-9]+' }))
export const certificatePem = required(text({ min: 1, max: 65_536 }))
export const status = oneOf('ACTIVE', 'INACTIVE', 'REVOKED')
export const setAsActive = flag()
/** The ARN of a certificate. */
export const principal = required(text({ min: 1, max: 2048 }))

/** Lists are paged by `nextToken` and `maxResults`, or by `marker` and `pageSize`. */
export const tokens = { nextToken: text({ max: 1024 }), maxResults: integer({ min: 1, max: 250 }) }
export const markers = { marker: text({ max: 1024 }), pageSize: integer({ min: 1, max: 250 }) }
