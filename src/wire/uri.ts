/** The text with everything but `A-Z a-z 0-9 - _ . ~` percent-encoded as UTF-8, as AWS encodes (RFC 3986, section 2.3). */
export const encodeUri = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (symbol) => `%${symbol.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** The same, leaving the slashes of a path alone. */
export const encodePath = (path: string): string => encodeUri(path).replaceAll('%2F', '/')

/** The text without its percent-encoding; undefined when an escape is broken or the bytes are not UTF-8. `+` stays `+`. */
export function decodeUri(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** A name or value of a query string or form, where `+` stands for a space; undefined when it cannot be decoded. */
export const decodeForm = (text: string): string | undefined => decodeUri(text.replaceAll('+', ' '))

/** The path and the query of a request target; the query without its `?`, and empty when there is none. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?')
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) }
}

/**
 * The pairs of a query string in their order and as often as they stand, still encoded. A name without `=` has the
 * empty value; empty pairs are dropped.
 */
export function splitQuery(query: string): (readonly [name: string, value: string])[] {
  const pairs: (readonly [string, string])[] = []
  for (const pair of query.split('&')) {
    if (pair === '') continue
    const equals = pair.indexOf('=')
    pairs.push(equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)])
  }
  return pairs
}

/** The decoded values a name has in a query string, in order. Values that cannot be decoded are left out. */
export function queryValues(query: string, name: string): string[] {
  const values: string[] = []
  for (const [key, value] of splitQuery(query)) {
    if (decodeForm(key) !== name) continue
    const decoded = decodeForm(value)
    if (decoded !== undefined) values.push(decoded)
  }
  return values
}

/**
 * Encoded text in the one spelling AWS signs: escapes of unreserved characters undone, all others in upper case, and
 * what should have been escaped escaped. Works on bytes, so it is total; `+` becomes `plus`.
 */
export const normalizeEscapes = (text: string, plus: string): string =>
  /[^A-Za-z0-9\-_.~]/.test(text)
    ? text.replace(/%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-_.~%]+|%/g, (part) => {
        if (part.length === 3 && part.startsWith('%')) {
          const symbol = String.fromCharCode(Number.parseInt(part.slice(1), 16))
          return /[A-Za-z0-9\-_.~]/.test(symbol) ? symbol : part.toUpperCase()
        }
        return encodeUri(part).replaceAll('%2B', plus)
      })
    : text
