const instants = new Set([
  'at',
  'askedAt',
  'issuedAt',
  'expiresAt',
  'revokedAt',
  'lastAt',
  'until',
  'before',
  'provenAt',
])

/** What a type is once its instants are texts. */
export type Told<T> = T extends readonly (infer Item)[]
  ? readonly Told<Item>[]
  : T extends object
    ? {
        readonly [Key in keyof T]: Key extends
          | 'at'
          | 'askedAt'
          | 'issuedAt'
          | 'expiresAt'
          | 'revokedAt'
          | 'lastAt'
          | 'until'
          | 'before'
          | 'provenAt'
          ? string
          : Told<T[Key]>
      }
    : T

/** The same with every instant as ISO 8601 text: the ledger counts in milliseconds, the API does not. */
export function told<T>(value: T): Told<T> {
  // The members are walked by name, which types cannot follow.
  return convert(value) as Told<T>
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      instants.has(name) && typeof member === 'number' ? new Date(member).toISOString() : convert(member),
    ]),
  )
}
