/** A text at a path in a record, on one line and of bounded length; empty where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = memberAt(value, ...path)
  return typeof found === 'string' ? found.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, longestText) : ''
}

const longestText = 2048

/** What stands at a path; undefined where there is nothing. Of arrays the first element counts. */
export function memberAt(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) {
    if (Array.isArray(found)) found = found[0]
    if (typeof found !== 'object' || found === null) return undefined
    found = new Map<string, unknown>(Object.entries(found)).get(name)
  }
  return found
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * An instant (milliseconds since 1970) as records spell it: `2026-11-21T10:15:00Z`, `20261121T101500Z`, or the US text
 * `Nov 21, 2026 10:15:00 AM`. Undefined for what is none.
 */
export function instantIn(text: string): number | undefined {
  const [, day, time] =
    /^(\d{4}-?\d\d-?\d\d)T(\d\d:?\d\d:?\d\d)(?:\.\d+)?Z$/.exec(text)?.map((part) => part.replace(/[-:]/g, '')) ?? []
  if (day && time) {
    const two = (from: number, of: string): number => Number(of.slice(from, from + 2))
    return Date.UTC(Number(day.slice(0, 4)), two(4, day) - 1, two(6, day), two(0, time), two(2, time), two(4, time))
  }
  const [, month = '', date, year, hours, minutes, seconds, half = ''] =
    /^([A-Z][a-z]{2}) (\d{1,2}), (\d{4}),?\s(\d{1,2}):(\d\d):(\d\d)\s([AP])M$/.exec(text) ?? []
  const place = months.indexOf(month)
  if (place < 0) return undefined
  const hour = (Number(hours) % 12) + (half === 'P' ? 12 : 0)
  return Date.UTC(Number(year), place, Number(date), hour, Number(minutes), Number(seconds))
}
