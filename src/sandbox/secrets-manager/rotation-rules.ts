import { invalidParameter } from './faults.ts'
import type { RotationRules } from './state.ts'

const hour = 3_600_000
const day = 24 * hour

/** When a secret is due next under its rules. Throws InvalidParameterException for rules that cannot be read. */
export function nextRotation(rules: RotationRules, from: Date): Date | undefined {
  const { AutomaticallyAfterDays: days, ScheduleExpression: schedule } = rules
  if (days !== undefined && schedule !== undefined)
    throw invalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules.")
  if (days !== undefined) return new Date(from.getTime() + days * day)
  if (schedule === undefined) return undefined
  const rate = /^rate\((\d+) (hour|hours|day|days)\)$/.exec(schedule)
  if (rate) {
    const length = Number(rate[1]) * (rate[2]?.startsWith('hour') ? hour : day)
    if (length < 4 * hour || length > 999 * day) throw unreadable()
    return new Date(from.getTime() + length)
  }
  const cron = /^cron\((.+)\)$/.exec(schedule)?.[1]?.trim().split(/\s+/)
  if (cron?.length !== 6) throw unreadable()
  return nextOf(cron, from)
}

const unreadable = () => invalidParameter('The ScheduleExpression in RotationRules is not valid.')

const months = 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' ')
const weekdays = 'SUN MON TUE WED THU FRI SAT'.split(' ')

/** Hours are looked at for two years, which is as far as a rotation may be apart. */
function nextOf([minute, hours, dates, month, weekday, year]: readonly string[], from: Date): Date {
  if (minute !== '0' || (dates === '?') === (weekday === '?')) throw unreadable()
  const first = Math.floor(from.getTime() / hour) * hour + hour
  for (let time = first; time < first + 2 * 366 * day; time += hour) {
    const at = new Date(time)
    if (
      fits(year, at.getUTCFullYear(), 1970) &&
      fits(month, at.getUTCMonth() + 1, 1, months) &&
      fits(hours, at.getUTCHours(), 0) &&
      (dates === '?' || fitsDate(dates, at)) &&
      (weekday === '?' || fitsWeekday(weekday, at))
    )
      return at
  }
  throw unreadable()
}

function fitsDate(field: string | undefined, at: Date): boolean {
  if (field !== 'L') return fits(field, at.getUTCDate(), 1)
  return new Date(at.getTime() + day).getUTCDate() === 1
}

function fitsWeekday(field = '', at: Date): boolean {
  const [, name = '', kind, nth] = /^(\w+?)(?:(#)([1-5])|L)?$/.exec(field) ?? []
  if (field === 'L' || (kind === undefined && !field.endsWith('L')))
    return field === 'L' ? at.getUTCDay() === 6 : fits(field, at.getUTCDay() + 1, 1, weekdays)
  if (!fits(name, at.getUTCDay() + 1, 1, weekdays)) return false
  if (kind === '#') return Math.ceil(at.getUTCDate() / 7) === Number(nth)
  return new Date(at.getTime() + 7 * day).getUTCMonth() !== at.getUTCMonth()
}

/** Whether a field of a cron expression takes a number: `*`, lists, ranges, steps and names. */
function fits(field = '', number: number, least: number, names: readonly string[] = []): boolean {
  return field.split(',').some((part) => {
    const match = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part)
    if (!match) throw unreadable()
    const [, from = '', to, step] = match
    const low = from === '*' ? least : valueIn(from, least, names)
    const high = to !== undefined ? valueIn(to, least, names) : from === '*' || step !== undefined ? Infinity : low
    return number >= low && number <= high && (step === undefined || (number - low) % Number(step) === 0)
  })
}

function valueIn(text: string, least: number, names: readonly string[]): number {
  const name = names.indexOf(text.toUpperCase())
  const value = name >= 0 ? name + least : Number(text)
  if (!Number.isInteger(value)) throw unreadable()
  return value
}
