/** What a token says of itself, proven by nobody; nothing, when it cannot be read. */
export function tokenClaims(token: string): ReadonlyMap<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
  } catch {
    return new Map()
  }
}
