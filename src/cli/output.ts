/** Where a verb writes: `print` is its answer (stdout), `say` is everything for the person beside it (stderr). */
export interface Output {
  print(text: string): void
  say(text: string): void
  /** Wraps text in a style when stdout is a terminal and NO_COLOR is not set; gives it unchanged otherwise. */
  style(style: Style, text: string): string
}

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

const codes: Readonly<Record<Style, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
}

/** Whether to colour: a terminal, no NO_COLOR (https://no-color.org), TERM not dumb; FORCE_COLOR overrides. */
const wantsColour = (env: NodeJS.ProcessEnv, isTerminal: boolean): boolean =>
  env.FORCE_COLOR ? env.FORCE_COLOR !== '0' : isTerminal && !env.NO_COLOR && env.TERM !== 'dumb'

/** The real streams of this process. */
export function processOutput(env: NodeJS.ProcessEnv): Output {
  const coloured = wantsColour(env, process.stdout.isTTY === true)
  return {
    print: (text) => {
      process.stdout.write(`${text}\n`)
    },
    say: (text) => {
      process.stderr.write(`${text}\n`)
    },
    style: (style, text) => (coloured ? `\u001b[${codes[style][0]}m${text}\u001b[${codes[style][1]}m` : text),
  }
}

const unprintable = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/**
 * Text from outside (AWS, a file, another program) made safe to show: control characters, which could move the cursor
 * or forge a line, become visible escapes.
 */
export const printable = (text: string): string =>
  text.replace(unprintable, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)

/** Rows as a table with aligned columns, two spaces apart; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** How long until then, as people say it: `59m`, `11h 59m`, `expired`. */
export function timeLeft(until: Date, now: Date): string {
  const minutes = Math.floor((until.getTime() - now.getTime()) / 60_000)
  if (until.getTime() <= now.getTime()) return 'expired'
  if (minutes < 1) return 'under a minute'
  return minutes < 60 ? `${minutes}m` : `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}
