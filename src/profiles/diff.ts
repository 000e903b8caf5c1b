import { linesOf } from './parse.ts'

const secret = /^(\s*[+-]?\s*(?:aws_secret_access_key|aws_session_token|aws_security_token)\s*[=:]\s*)\S.*$/i

/**
 * What an edit changes, as a unified diff with three lines around each change; empty when nothing does. Values of
 * secret keys are hidden.
 */
export function diff(before: string, after: string, file: string): string {
  if (before === after) return ''
  const old = linesOf(before)
  const now = linesOf(after)
  const script = changes(old, now)
  const shown = new Set<number>()
  for (const [index, [mark]] of script.entries())
    if (mark !== ' ') for (let near = index - 3; near <= index + 3; near++) shown.add(near)
  const lines = [`--- ${file}`, `+++ ${file}`]
  let oldLine = 1
  let newLine = 1
  let wasShown = false
  for (const [index, [mark, text]] of script.entries()) {
    if (shown.has(index) && !wasShown) lines.push(`@@ -${oldLine} +${newLine} @@`)
    wasShown = shown.has(index)
    if (wasShown) lines.push(`${mark}${text}`.replace(secret, '$1(hidden)'))
    if (mark !== '+') oldLine++
    if (mark !== '-') newLine++
  }
  return lines.join('\n')
}

type Change = readonly [mark: ' ' | '-' | '+', line: string]

/** Common lines at both ends stay; of what is between, lines that stand in both in order stay where that is cheap to find. */
function changes(old: readonly string[], now: readonly string[]): readonly Change[] {
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const kept = (line: string): Change => [' ', line]
  return [
    ...old.slice(0, start).map(kept),
    ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...(end > 0 ? old.slice(-end).map(kept) : []),
  ]
}

/** Walks both: an edit only drops or adds lines, so the next line of one is searched a little ahead in the other. */
function between(old: readonly string[], now: readonly string[]): readonly Change[] {
  const result: Change[] = []
  let j = 0
  for (const line of old) {
    const found = now.slice(j, j + 200).indexOf(line)
    if (found < 0) {
      result.push(['-', line])
      continue
    }
    for (const added of now.slice(j, j + found)) result.push(['+', added])
    result.push([' ', line])
    j += found + 1
  }
  return [...result, ...now.slice(j).map((line): Change => ['+', line])]
}
