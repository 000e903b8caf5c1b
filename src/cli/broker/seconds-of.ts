/** Seconds of a time as people write it: `2h`, `90m`, `1h30m`, `3600`; undefined when it is none. */
export function secondsOf(text: string): number | undefined {
  const [, hours, minutes, rest] = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/.exec(text) ?? []
  const seconds = Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60 + Number(rest ?? 0)
  return seconds > 0 && Number.isSafeInteger(seconds) ? seconds : undefined
}
