const shape =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?$/i

/**
 * The instant a policy or a request context means, in milliseconds since 1970; undefined when it is no date.
 * Takes the W3C forms of ISO 8601, from the year alone to fractions of a second (UTC where no zone is given), and
 * seconds since 1970, never milliseconds. Digits count as seconds unless there are exactly four of them: a year.
 */
export function parseDate(text: string): number | undefined {
  const found = shape.exec(text)
  if (found === null) return /^\d{1,12}(\.\d+)?$/.test(text) ? Number(text) * 1000 : undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = found
  // A day the month does not have lands in another month.
  const start = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const inRange =
    new Date(start).getUTCMonth() === Number(month) - 1 &&
    Number(hour) <= 23 &&
    Number(minute) <= 59 &&
    Number(second) <= 60
  if (!inRange) return undefined
  const milliseconds = fraction === '' ? 0 : Number(`0.${fraction}`) * 1000
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second)
  return start + seconds * 1000 + milliseconds - offset(zone)
}

function offset(zone: string): number {
  if (zone === 'Z' || zone === 'z') return 0
  const digits = zone.replace(':', '')
  const minutes = Number(digits.slice(1, 3)) * 60 + Number(digits.slice(3, 5))
  return (digits.startsWith('-') ? -minutes : minutes) * 60_000
}

/** The number a decimal text means; undefined for anything else (hexadecimal, blanks, infinities). */
export function parseNumber(text: string): number | undefined {
  return /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined
}
