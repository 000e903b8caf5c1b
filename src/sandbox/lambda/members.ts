import { integer, list, type Member, oneOf, required, structure, text } from '../shape.ts'

/** Members that operations of Lambda take, as its service model has them. */
export const functionName = required(text({ min: 1, max: 170 }))
export const qualifier = text({ min: 1, max: 128 })
export const role = text({ pattern: 'arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+' })

/** An object of texts. */
export const texts: Member<Readonly<Record<string, string>>> = {
  required: false,
  read(value, at, faults) {
    const entries =
      typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined
    if (entries?.every(([, member]) => typeof member === 'string')) return Object.fromEntries(entries)
    faults.push(`Value at '${at}' failed to satisfy constraint: Member must be a map of strings`)
    return undefined
  },
}

export const code = {
  ZipFile: text({ sensitive: true }),
  S3Bucket: text({ min: 3, max: 63 }),
  S3Key: text({ min: 1, max: 1024 }),
  ImageUri: text(),
}

export const settings = {
  Handler: text({ max: 128, pattern: '[^\\s]+' }),
  Description: text({ max: 256 }),
  Timeout: integer({ min: 1, max: 900 }),
  MemorySize: integer({ min: 128, max: 10_240 }),
  Environment: structure({ Variables: texts }),
  Runtime: text({ min: 1, max: 64 }),
}
export const architectures = list(oneOf('x86_64', 'arm64'), { min: 1, max: 1 })
