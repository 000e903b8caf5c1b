import { endOf, linesWithEnds } from './lines.ts'
import { hideSecrets } from './secrets.ts'

const context = 3

/**
 * What an edit changes, as a unified diff with three lines around each change; empty when nothing does. Values of
 * secret keys are hidden, in comments too.
 */
export function diff(before: string, after: string, file: string): string {
  if (before === after) return ''
  const old = shownLines(before)
  const now = shownLines(after)
  return [`--- ${file}`, `+++ ${file}`, ...hunks(changes(old, now))].join('\n')
}

interface Line {
  /** The line with its end: what two lines are compared by. */
  readonly text: string
  readonly shown: string
}

function shownLines(text: string): readonly Line[] {
  const lines = linesWithEnds(text)
  const hidden = hideSecrets(lines)
  return lines.map((line, at) => {
    const end = endOf(line)
    const content = (hidden[at] ?? '') + (end === '\r\n' ? '\r' : '')
    return { text: line, shown: end === '' ? `${content}\n\\ No newline at end of file` : content }
  })
}

type Change = readonly [mark: ' ' | '-' | '+', line: string]

/** Common lines at both ends stay; of what is between, lines that stand in both in order stay where that is cheap to find. */
function changes(old: readonly Line[], now: readonly Line[]): readonly Change[] {
  const same = (a: Line | undefined, b: Line | undefined): boolean => a?.text === b?.text
  let start = 0
  while (start < old.length && start < now.length && same(old[start], now[start])) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && same(old.at(-1 - end), now.at(-1 - end))) end++
  const kept = ({ shown }: Line): Change => [' ', shown]
  return [
    ...old.slice(0, start).map(kept),
    ...between(old.slice(start, old.length - end), now.slice(start, now.length - end)),
    ...old.slice(old.length - end).map(kept),
  ]
}

/** Walks both: an edit only drops or adds a few lines, so the next line of one is searched a little ahead in the other. */
function between(old: readonly Line[], now: readonly Line[]): readonly Change[] {
  const result: Change[] = []
  let next = 0
  for (const line of old) {
    let found = next
    const limit = Math.min(now.length, next + 100)
    while (found < limit && now[found]?.text !== line.text) found++
    if (found === limit) {
      result.push(['-', line.shown])
      continue
    }
    for (; next < found; next++) result.push(['+', now[next]?.shown ?? ''])
    result.push([' ', line.shown])
    next++
  }
  return [...result, ...now.slice(next).map((line): Change => ['+', line.shown])]
}

function hunks(script: readonly Change[]): readonly string[] {
  const lines: string[] = []
  let oldLine = 1
  let newLine = 1
  let at = 0
  while (at < script.length) {
    const end = hunkEnd(script, at)
    if (end === at) {
      at++
      oldLine++
      newLine++
      continue
    }
    const hunk = script.slice(at, end)
    const olds = hunk.filter(([mark]) => mark !== '+').length
    const news = hunk.filter(([mark]) => mark !== '-').length
    lines.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`)
    for (const [mark, line] of hunk) lines.push(mark + line)
    oldLine += olds
    newLine += news
    at = end
  }
  return lines
}

/** Of no lines, unified diffs name the line before. */
const range = (line: number, count: number): string => `${count === 0 ? line - 1 : line},${count}`

/** Where the hunk that begins here ends; `from` itself when none begins here. */
function hunkEnd(script: readonly Change[], from: number): number {
  let end = from
  for (let at = from; at < script.length && at <= end + context; at++)
    if (script[at]?.[0] !== ' ') end = at + 1 + context
  return Math.min(end, script.length)
}
