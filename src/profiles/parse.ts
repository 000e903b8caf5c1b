import { Failure } from '../model/failure.ts'
import { indentOf, linesOf, strip, stripEnd } from './lines.ts'
import { categories } from './unicode.ts'

/** Where something stands, for messages: `file:line`, lines counted from 1. */
export interface Place {
  readonly file: string
  readonly line: number
}

/** One key of a section. */
export interface Entry {
  /** In lower case, as botocore reads it. */
  readonly key: string
  readonly value: string
  readonly at: Place
  /** The line after its last continuation line. */
  readonly end: number
  /** The block below a key without a value of its own, such as `s3 =` and indented `key = value` lines. */
  readonly nested?: ReadonlyMap<string, string>
}

export interface ParsedSection {
  /** What stands between the brackets, as it stands. */
  readonly header: string
  readonly at: Place
  readonly entries: readonly Entry[]
}

export const placeText = ({ file, line }: Place): string => `${file}:${line}`

/**
 * Text of a file, as a message may show it: on one line, without control characters, at most 60 characters. Never for
 * values that could be secrets.
 */
export function shown(text: string): string {
  const short = text.length > 60 ? `${text.slice(0, 59)}…` : text
  return /^[\x20-\x7e]*$/.test(short) ? short : short.replaceAll(unprintable(), '�')
}

const unprintable = (): RegExp => new RegExp(`[${categories('Cc', 'Cf', 'Cs', 'Zl', 'Zp')}]`, 'gu')

const invalid = (at: Place, problem: string, hint: string): Failure =>
  new Failure('config-invalid', `${placeText(at)}: ${problem}`, { hint })

/** The section whose keys Python's configparser, and so botocore, gives to every other section of the file. */
export const inheritedHeader = 'DEFAULT'

/**
 * The sections of an AWS config or credentials file, read as botocore reads it: full-line comments only (`#`, `;`),
 * `=` or `:` after a key, deeper indented lines continue a value, blank lines and all.
 *
 * Throws `config-invalid` with file and line for what botocore refuses: a line that is neither, a key before any
 * section, a section or key that stands twice, a block whose lines have no `=`, a byte order mark.
 */
export function parseSections(text: string, file: string): readonly ParsedSection[] {
  if (text.startsWith('\uFEFF'))
    throw invalid({ file, line: 1 }, 'the file begins with a byte order mark.', 'Save it as UTF-8 without BOM.')
  const reader = new Reader(file)
  let number = 0
  for (const line of linesOf(text)) reader.read(line, ++number)
  return reader.finish()
}

interface OpenSection extends ParsedSection {
  readonly entries: Entry[]
  readonly keys: Map<string, number>
}

interface OpenEntry {
  readonly key: string
  readonly at: Place
  readonly parts: string[]
  end: number
}

class Reader {
  readonly #file: string
  readonly #sections = new Map<string, OpenSection>()
  #section: OpenSection | undefined
  #entry: OpenEntry | undefined
  #indent = 0

  constructor(file: string) {
    this.#file = file
  }

  read(line: string, number: number): void {
    const content = strip(line)
    if (content === '') this.#entry?.parts.push('')
    if (content === '' || content.startsWith('#') || content.startsWith(';')) return
    const indent = indentOf(line)
    if (this.#entry && indent > this.#indent) {
      this.#entry.parts.push(content)
      this.#entry.end = number + 1
      return
    }
    this.#closeEntry()
    this.#indent = indent
    const at = { file: this.#file, line: number }
    const close = content.startsWith('[') ? content.lastIndexOf(']') : -1
    if (close > 1) this.#openSection(content.slice(1, close), at)
    else this.#openEntry(content, at)
  }

  finish(): readonly ParsedSection[] {
    this.#closeEntry()
    return [...this.#sections.values()].map(({ header, at, entries }) => ({ header, at, entries }))
  }

  #openSection(header: string, at: Place): void {
    const before = this.#sections.get(header)
    // configparser takes this one as often as it comes.
    if (before && header !== inheritedHeader)
      throw invalid(
        at,
        `the section [${shown(header)}] stands twice, first at line ${before.at.line}.`,
        'Merge the two into one.',
      )
    this.#section = before ?? { header, at, entries: [], keys: new Map() }
    this.#sections.set(header, this.#section)
  }

  #openEntry(content: string, at: Place): void {
    const split = content.search(/[=:]/)
    const key = split < 1 ? '' : stripEnd(content.slice(0, split)).toLowerCase()
    if (!this.#section)
      throw invalid(at, 'this line stands before any [section].', 'Put it under [default] or a [profile …].')
    if (key === '')
      throw invalid(
        at,
        'this line is neither a [section], nor a key = value, nor a comment.',
        'Complete it, or put # before it.',
      )
    const before = this.#section.keys.get(key)
    if (before !== undefined)
      throw invalid(at, `${named(key)} stands twice in this section, first at line ${before}.`, 'Remove one.')
    this.#section.keys.set(key, at.line)
    this.#entry = { key, at, parts: [strip(content.slice(split + 1))], end: at.line + 1 }
  }

  #closeEntry(): void {
    if (!this.#entry) return
    const { key, at, parts, end } = this.#entry
    const value = stripEnd(parts.join('\n'))
    const nested = value.startsWith('\n') ? { nested: nestedIn(value, key, at) } : {}
    this.#section?.entries.push({ key, value, at, end, ...nested })
    this.#entry = undefined
  }
}

function nestedIn(value: string, key: string, at: Place): ReadonlyMap<string, string> {
  const nested = new Map<string, string>()
  for (const part of value.split(/[\n\v\f\x1c-\x1e\x85\u2028\u2029]/)) {
    const line = strip(part)
    if (line === '') continue
    const split = line.indexOf('=')
    if (split < 0)
      throw invalid(
        at,
        `a line of the block below ${named(key)} is not a key = value.`,
        'Complete or remove it; a value begins on the line of its key.',
      )
    nested.set(stripEnd(line.slice(0, split)), strip(line.slice(split + 1)))
  }
  return nested
}

/** What stands before a `=` may be the rest of a broken session token: only what looks like a key is shown. */
const named = (key: string): string => (/^[\w.-]{1,40}$/.test(key) ? `the key ${key}` : 'this key')
