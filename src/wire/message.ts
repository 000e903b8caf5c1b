/** A request exactly as it stood on the wire: nothing decoded, nothing normalised, headers in order and as often as sent. */
export interface WireRequest {
  readonly method: string
  /** Path and query as sent, for example `/bucket/a%20b?list-type=2`. Never absolute-form. */
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** The header's values joined with a comma, or undefined; `name` in lower case. */
export function headerOf(request: WireRequest, name: string): string | undefined {
  let found: string | undefined
  for (const [key, value] of request.headers)
    if (key.toLowerCase() === name) found = found === undefined ? value : `${found},${value}`
  return found
}
