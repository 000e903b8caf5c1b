import { Failure } from '../model/failure.ts'

/** Where something stands, for messages: `file:line`, lines counted from 1. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** One key of a section. `end` is the line after its last continuation line. */
export interface Entry {
  /** In lower case, as botocore reads it. */
  readonly key: string
  readonly value: string
  readonly at: Place
  readonly end: number
}

export interface ParsedSection {
  /** What stands between the brackets, spaces around it removed. */
  readonly header: string
  readonly at: Place
  readonly entries: readonly Entry[]
}

export const placeText = ({ file, line }: Place): string => `${file}:${line}`

const invalid = (at: Place, problem: string, hint: string): Failure =>
  new Failure('config-invalid', `${placeText(at)}: ${problem}`, { hint })

/** The lines of a text without their ends. `\n` and `\r\n` end a line; a lone `\r` is part of it. */
export const linesOf = (text: string): string[] => text.replace(/^\uFEFF/, '').split(/\r?\n/)

/**
 * The sections of an AWS config or credentials file, read as botocore reads it: full-line comments only (`#`, `;`),
 * `=` or `:` after a key, indented lines continue a value. What botocore refuses is refused here with its place: a line
 * that is neither, a key before any section, a section or key that stands twice.
 */
export function parseSections(text: string, file: string): readonly ParsedSection[] {
  const sections: { header: string; at: Place; entries: Entry[] }[] = []
  const headers = new Map<string, Place>()
  let keys = new Map<string, Place>()
  let open: { key: string; lines: string[]; at: Place; indent: number; end: number } | undefined
  const close = (): void => {
    if (open)
      sections
        .at(-1)
        ?.entries.push({ key: open.key, value: open.lines.join('\n').trimEnd(), at: open.at, end: open.end })
    open = undefined
  }
  for (const [index, line] of linesOf(text).entries()) {
    const at = { file, line: index + 1 }
    const content = line.trim()
    if (content === '' || content.startsWith('#') || content.startsWith(';')) continue
    const indent = line.length - line.trimStart().length
    if (open && indent > open.indent) {
      open.lines.push(content)
      open.end = at.line + 1
      continue
    }
    close()
    const header = /^\[(.+)\]/.exec(content)?.[1]?.trim()
    if (header !== undefined) {
      const before = headers.get(header)
      if (before)
        throw invalid(
          at,
          `the section [${header}] stands twice, first at line ${before.line}.`,
          'Merge the two into one.',
        )
      headers.set(header, at)
      keys = new Map()
      sections.push({ header, at, entries: [] })
      continue
    }
    const split = content.search(/[=:]/)
    const key = split < 1 ? undefined : content.slice(0, split).trim().toLowerCase()
    if (key === undefined)
      throw invalid(
        at,
        'this line is neither a [section], nor a key = value, nor a comment.',
        'Complete it, or put # before it.',
      )
    if (sections.length === 0)
      throw invalid(at, `the key ${key} stands before any [section].`, 'Put it under [default] or a [profile …].')
    const before = keys.get(key)
    if (before)
      throw invalid(at, `the key ${key} stands twice in this section, first at line ${before.line}.`, 'Remove one.')
    keys.set(key, at)
    open = { key, lines: [content.slice(split + 1).trim()], at, indent, end: at.line + 1 }
  }
  close()
  return sections
}

/** The keys of a nested block, such as `s3 =` followed by indented `key = value` lines. */
export function parseNested(entry: Entry): ReadonlyMap<string, string> | undefined {
  if (!entry.value.startsWith('\n')) return undefined
  const nested = new Map<string, string>()
  for (const line of entry.value.split('\n')) {
    if (line === '') continue
    const at = line.indexOf('=')
    if (at < 1)
      throw invalid(entry.at, `in the block ${entry.key}, "${line}" is not a key = value.`, 'Complete or remove it.')
    nested.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim())
  }
  return nested
}
