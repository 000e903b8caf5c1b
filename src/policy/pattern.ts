/**
 * A wildcard pattern made ready: `*` is any run of characters, `?` any one. There is no backtracking over `*`: each
 * literal run is looked for once, from where the last one ended, so the time is that of a text search.
 */
export type Pattern = (text: string) => boolean

/** One run between two stars. `holes` are the places of `?`; undefined when there are none. */
interface Run {
  readonly text: string
  readonly holes?: ReadonlySet<number>
}

/** Builds a pattern out of parts that hold wildcards and parts that are plain text, whatever characters they hold. */
export interface PatternPart {
  readonly text: string
  readonly plain: boolean
}

/** A pattern in which every `*` and `?` is a wildcard. */
export function compilePattern(text: string): Pattern {
  if (text === '*') return () => true
  if (!text.includes('?')) {
    const star = text.indexOf('*')
    if (star < 0) return (candidate) => candidate === text
    if (star === text.length - 1) {
      const prefix = text.slice(0, star)
      return (candidate) => candidate.startsWith(prefix)
    }
  }
  return compileParts([{ text, plain: false }])
}

/** A pattern out of parts, as policy variables leave them: what a variable stands for is plain text. */
export function compileParts(parts: readonly PatternPart[]): Pattern {
  const runs = runsOf(parts)
  return (candidate) => matchRuns(runs, candidate)
}

/** Whether the text matches the pattern; for patterns asked once. */
export function matchesPattern(pattern: string, text: string): boolean {
  return compilePattern(pattern)(text)
}

function runsOf(parts: readonly PatternPart[]): readonly Run[] {
  const runs: Run[] = []
  let text = ''
  let holes = new Set<number>()
  const close = () => {
    runs.push(holes.size > 0 ? { text, holes } : { text })
    text = ''
    holes = new Set()
  }
  for (const part of parts) {
    if (part.plain) {
      text += part.text
      continue
    }
    for (const symbol of part.text.split(/([*?])/)) {
      if (symbol === '*') close()
      else {
        if (symbol === '?') holes.add(text.length)
        text += symbol
      }
    }
  }
  close()
  return runs
}

function matchRuns(runs: readonly Run[], text: string): boolean {
  const [first, last] = [runs[0], runs.at(-1)]
  if (first === undefined || last === undefined) return false
  if (runs.length === 1) return text.length === first.text.length && isAt(first, text, 0)
  const end = text.length - last.text.length
  if (end < first.text.length || !isAt(first, text, 0) || !isAt(last, text, end)) return false
  let place = first.text.length
  for (let index = 1; index < runs.length - 1; index++) {
    const run = runs[index]
    if (run === undefined) return false
    const found = find(run, text, place, end)
    if (found < 0) return false
    place = found + run.text.length
  }
  return true
}

function find(run: Run, text: string, from: number, end: number): number {
  if (run.holes === undefined) {
    const found = text.indexOf(run.text, from)
    return found + run.text.length <= end ? found : -1
  }
  for (let place = from; place + run.text.length <= end; place++) if (isAt(run, text, place)) return place
  return -1
}

function isAt(run: Run, text: string, place: number): boolean {
  if (run.holes === undefined) return text.startsWith(run.text, place)
  for (let index = 0; index < run.text.length; index++)
    if (text[place + index] !== run.text[index] && !run.holes.has(index)) return false
  return true
}
