import { flag, integer, list, oneOf, required, structure, text } from '../shape.ts'

/** Members that operations of Secrets Manager take, as its service model has them. */
export const optionalId = text({ min: 1, max: 2048 })
export const secretId = required(optionalId)
export const name = required(text({ min: 1, max: 512 }))
export const token = text({ min: 32, max: 64 })
export const versionId = text({ min: 32, max: 64 })
export const stage = text({ min: 1, max: 256 })
export const stages = list(stage, { min: 1, max: 20 })
export const description = text({ max: 2048 })
export const kmsKeyId = text({ max: 2048 })
export const policy = required(text({ min: 1, max: 20_480 }))
export const tags = list(
  structure({ Key: required(text({ min: 1, max: 128 })), Value: required(text({ max: 256 })) }),
  { max: 50 },
)
export const tagKeys = required(list(text({ min: 1, max: 128 })))
export const value = {
  SecretString: text({ max: 65_536, sensitive: true }),
  SecretBinary: text({ max: 87_384, sensitive: true }),
}
export const nextToken = text({ min: 1, max: 4096 })
export const filters = list(
  structure({
    Key: oneOf('description', 'name', 'tag-key', 'tag-value', 'primary-region', 'owning-service', 'all'),
    Values: list(text({ max: 512 }), { min: 1, max: 10 }),
  }),
  { max: 10 },
)
export const rules = structure({
  AutomaticallyAfterDays: integer({ min: 1, max: 1000 }),
  Duration: text({ min: 2, max: 3, pattern: '[0-9h]+' }),
  ScheduleExpression: text({ min: 1, max: 256, pattern: '[0-9A-Za-z\\(\\)#\\?\\*\\-\\/, ]+' }),
})
export const yes = flag()
