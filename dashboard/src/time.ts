const units = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/** A length of time in its two largest units: `1 h 20 min`. */
export function lengthText(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / 1000))
  if (rest === 0) return '0 s'
  const parts: string[] = []
  for (const [unit, seconds] of units) {
    const count = Math.floor(rest / seconds)
    if (count === 0 && parts.length === 0) continue
    rest -= count * seconds
    if (count > 0) parts.push(`${count} ${unit}`)
    if (parts.length === 2 || (parts.length === 1 && count === 0)) break
  }
  return parts.join(' ')
}

/** How long is left, as coarse as one wants to know it: no seconds while there are minutes. Rounded down. */
export const leftText = (milliseconds: number): string =>
  milliseconds >= 300_000 ? lengthText(Math.floor(milliseconds / 60_000) * 60_000) : lengthText(milliseconds)

/** How long ago, shortly: `now`, `12 s`, `5 min`, `2 h`. One unit, so that columns stay quiet. */
export function agoText(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000)
  if (seconds < 2) return 'now'
  for (const [unit, length] of units) if (seconds >= length) return `${Math.floor(seconds / length)} ${unit} ago`
  return 'now'
}

/** The instant as it is read here; the day is left out when it is today's. */
export function clockText(at: number, now: number): string {
  const sameDay = new Date(at).toDateString() === new Date(now).toDateString()
  return new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
    ...(sameDay ? {} : { year: 'numeric', month: 'short', day: 'numeric' }),
  }).format(at)
}

/** Milliseconds since 1970 of an instant of the API. */
export const msOf = (instant: string): number => new Date(instant).getTime()
