import type { Hours } from '../config/broker-config.ts'

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** Whether an instant lies in those hours, by the clocks of their zone. Hours that go over midnight belong to the day they began on. */
export function isWithin({ days: open, from, to, zone }: Hours, at: Date): boolean {
  const format = { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
  const parts = new Map(
    new Intl.DateTimeFormat('en-US', format).formatToParts(at).map(({ type, value }) => [type, value]),
  )
  const day = days.indexOf(parts.get('weekday') ?? '')
  const minute = Number(parts.get('hour')) * 60 + Number(parts.get('minute'))
  if (from < to) return open.includes(day) && minute >= from && minute < to
  const evening = open.includes(day) && minute >= from
  const morning = open.includes((day + 6) % 7) && minute < to
  return evening || morning
}
