import { parseSections } from './parse.ts'

/**
 * The text with keys of a section set: a key that is there keeps its line's beginning, a new one goes after the
 * section's last key, a section that is not there goes to the end. Every other byte stays as it was.
 * Throws `config-invalid` when the text cannot be read.
 */
export function setKeys(text: string, header: string, values: Readonly<Record<string, string>>, file: string): string {
  const section = parseSections(text, file).find((one) => one.header === header)
  const newline = text.includes('\r\n') ? '\r\n' : '\n'
  const lines = keepEnds(text)
  if (!section) {
    const last = lines.at(-1) ?? ''
    const closed = last === '' || last.endsWith('\n') ? text : text + newline
    const gap = closed === '' || /\n\r?\n$/.test(closed) ? '' : newline
    const added = Object.entries(values).map(([key, value]) => `${key} = ${value}${newline}`)
    return `${closed}${gap}[${header}]${newline}${added.join('')}`
  }
  const fresh: string[] = []
  for (const [key, value] of Object.entries(values)) {
    const entry = section.entries.find((one) => one.key === key.toLowerCase())
    if (!entry) {
      fresh.push(`${key} = ${value}${newline}`)
      continue
    }
    const first = lines[entry.at.line - 1] ?? ''
    const lead = /^[^=:]*[=:][ \t]*/.exec(first)?.[0] ?? `${key} = `
    const end = /\r?\n$/.exec(first)?.[0] ?? ''
    lines[entry.at.line - 1] = `${lead}${value}${end}`
    for (let line = entry.at.line; line < entry.end - 1; line++) lines[line] = ''
  }
  const after = Math.max(section.at.line, ...section.entries.map((entry) => entry.end - 1))
  const before = lines[after - 1] ?? ''
  if (fresh.length > 0 && !before.endsWith('\n')) lines[after - 1] = before + newline
  lines.splice(after, 0, ...fresh)
  return lines.join('')
}

/** The text without these keys of a section, their continuation lines included. Every other byte stays as it was. */
export function removeKeys(text: string, header: string, keys: readonly string[], file: string): string {
  const section = parseSections(text, file).find((one) => one.header === header)
  const lines = keepEnds(text)
  for (const entry of section?.entries ?? [])
    if (keys.includes(entry.key)) for (let line = entry.at.line - 1; line < entry.end - 1; line++) lines[line] = ''
  return lines.join('')
}

/** The lines with their ends, so that joining them gives the text back. */
const keepEnds = (text: string): string[] => text.split(/(?<=\n)/)
