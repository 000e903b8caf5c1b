import { Failure } from '../model/failure.ts'
import { endOf, indentOf, linesWithEnds, strip } from './lines.ts'
import { type Entry, type ParsedSection, parseSections, shown } from './parse.ts'

/**
 * The text with keys of a section set: a key that is there keeps the beginning of its line, a new one goes after the
 * section's last key and is indented like it, a section that is not there goes to the end. Every other byte stays as it
 * was; so do comments between the lines of a value that is replaced.
 *
 * Throws `config-invalid` when the text cannot be read, and `usage` for a header, key or value that would not be read
 * back as it is given.
 */
export function setKeys(text: string, header: string, values: Readonly<Record<string, string>>, file: string): string {
  const wanted = Object.entries(values)
  assertWritable(header, wanted)
  const section = parseSections(text, file).find((one) => one.header === header)
  if (wanted.length === 0) return text
  const lines = linesWithEnds(text)
  const newline = lines.map(endOf).find((end) => end !== '') ?? '\n'
  if (!section) return withSection(lines, header, wanted, newline)
  const entries = new Map(section.entries.map((entry) => [entry.key, entry]))
  const fresh: (readonly [string, string])[] = []
  for (const [key, value] of wanted) {
    const entry = entries.get(key.toLowerCase())
    if (entry) replaceValue(lines, entry, value)
    else fresh.push([key, value])
  }
  if (fresh.length === 0) return lines.join('')
  const after = (section.entries.at(-1)?.end ?? section.at.line + 1) - 1
  const indent = indentIn(lines, section)
  // Lines dropped above are empty here; the last one left may lack its end.
  const before = lines.findLastIndex((line, at) => at < after && line !== '')
  if (endOf(lines[before] ?? '') === '') lines[before] += newline
  lines.splice(after, 0, ...fresh.map(([key, value]) => `${indent}${assignment(key, value)}${newline}`))
  return lines.join('')
}

/** The text without these keys of a section, their continuation lines included. Every other byte stays as it was. */
export function removeKeys(text: string, header: string, keys: readonly string[], file: string): string {
  const section = parseSections(text, file).find((one) => one.header === header)
  const lines = linesWithEnds(text)
  const gone = new Set(keys.map((key) => key.toLowerCase()))
  for (const entry of section?.entries ?? [])
    if (gone.has(entry.key)) {
      lines[entry.at.line - 1] = ''
      dropContinuation(lines, entry)
    }
  return lines.join('')
}

/**
 * The text without a section: its header, its keys and what stands between them, and the empty lines behind. Comments
 * below its last key stay, for they may belong to what comes next. Every other byte stays as it was.
 */
export function removeSection(text: string, header: string, file: string): string {
  const section = parseSections(text, file).find((one) => one.header === header)
  if (!section) return text
  const lines = linesWithEnds(text)
  const first = section.at.line - 1
  let after = (section.entries.at(-1)?.end ?? section.at.line + 1) - 1
  while (after < lines.length && strip(lines[after] ?? '') === '') after++
  lines.splice(first, after - first)
  return lines.join('')
}

const assignment = (key: string, value: string): string => (value === '' ? `${key} =` : `${key} = ${value}`)

function withSection(
  lines: readonly string[],
  header: string,
  wanted: readonly (readonly [string, string])[],
  newline: string,
): string {
  const last = lines.at(-1)
  const close = last !== undefined && endOf(last) === '' ? newline : ''
  const gap = last === undefined || (close === '' && strip(last) === '') ? '' : newline
  const added = wanted.map(([key, value]) => assignment(key, value) + newline)
  return `${lines.join('')}${close}${gap}[${header}]${newline}${added.join('')}`
}

function replaceValue(lines: string[], entry: Entry, value: string): void {
  const line = lines[entry.at.line - 1] ?? ''
  const delimiter = line.search(/[=:]/) + 1
  const end = endOf(line)
  const rest = line.slice(delimiter, line.length - end.length)
  const space = rest.slice(0, indentOf(rest)) || (value === '' ? '' : ' ')
  lines[entry.at.line - 1] = `${line.slice(0, delimiter)}${space}${value}${end}`
  dropContinuation(lines, entry)
}

/** Comments between the lines of a value are no part of it. */
function dropContinuation(lines: string[], entry: Entry): void {
  for (let at = entry.at.line; at < entry.end - 1; at++) if (!/^[#;]/.test(strip(lines[at] ?? ''))) lines[at] = ''
}

/** A line indented deeper than the key above it continues that key's value: also a header, when the file indents them. */
function indentIn(lines: readonly string[], { at, entries }: ParsedSection): string {
  const last = entries.at(-1)
  let line = last ? lines[last.at.line - 1] : undefined
  if (!last) line = lines.slice(at.line).find((one) => !/^(?:$|[#;])/.test(strip(one)))
  return line?.slice(0, indentOf(line)) ?? ''
}

const control = /[\0-\x08\n-\x1f\x7f]/

function assertWritable(header: string, wanted: readonly (readonly [string, string])[]): void {
  const hint = 'Names, keys and values take one line, without control characters or spaces at their ends.'
  if (header === '' || control.test(header) || !header.isWellFormed())
    throw new Failure('usage', `A section cannot be named [${shown(header)}].`, { hint })
  const keys = new Set<string>()
  for (const [key, value] of wanted) {
    if (!/^[A-Za-z_][\w.-]*$/.test(key)) throw new Failure('usage', `A key cannot be named ${shown(key)}.`, { hint })
    if (keys.has(key.toLowerCase())) throw new Failure('usage', `The key ${shown(key)} is given twice.`, { hint })
    keys.add(key.toLowerCase())
    if (strip(value) !== value || control.test(value) || !value.isWellFormed())
      throw new Failure('usage', `This value of ${shown(key)} cannot be written into a profile.`, { hint })
  }
}
