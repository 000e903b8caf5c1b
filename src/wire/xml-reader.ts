import { WireFault } from './wire-fault.ts'

/** An element of a document that was read. Names keep their prefix. */
export interface XmlElement {
  readonly name: string
  /** No prototype; entities resolved. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text, whitespace and all, without that of its children. */
  readonly text: string
}

/** The first child of that name. */
export const childOf = (element: XmlElement | undefined, name: string): XmlElement | undefined =>
  element?.children.find((child) => child.name === name)

/** The children of that name. */
export const childrenOf = (element: XmlElement | undefined, name: string): readonly XmlElement[] =>
  element?.children.filter((child) => child.name === name) ?? []

/** The text at the end of a path of child names, for example `textOf(root, 'Error', 'Code')`. */
export function textOf(element: XmlElement | undefined, ...path: readonly string[]): string | undefined {
  let found = element
  for (const name of path) found = childOf(found, name)
  return found?.text
}

const deepest = 64
const longest = 8 * 1024 * 1024
const nameStart = 'A-Za-z_\\u00c0-\\ud7ff\\uf900-\\ufdcf'

interface Open {
  readonly name: string
  readonly attributes: Record<string, string>
  readonly children: XmlElement[]
  text: string
}

/**
 * Reads a document into its root element. Strict and small: no DOCTYPE, no entities but the five of XML and numbers,
 * no processing instructions; at most 64 levels and 8 Mi characters. Throws a `WireFault` with line and column.
 */
export function readXml(text: string): XmlElement {
  if (text.length > longest) throw new WireFault('too-large', `a document of more than ${longest} characters`)
  return new Reader(text).document()
}

class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): XmlElement {
    if (this.#text.startsWith('\ufeff')) this.#at = 1
    if (this.#match(/<\?xml(?=\s)/y) && !this.#match(/[^<>?]*\?>/y)) this.#fail('a broken XML declaration')
    this.#miscellany()
    if (this.#text[this.#at] !== '<') this.#fail('no element')
    const root = this.#element()
    this.#miscellany()
    if (this.#at < this.#text.length) this.#fail('something after the root element')
    return root
  }

  /** The element that starts here. Without recursion, so that nesting costs no stack. */
  #element(): XmlElement {
    const open: Open[] = []
    for (;;) {
      const parent = open.at(-1)
      if (parent) this.#content(parent)
      if (this.#text.startsWith('</', this.#at)) {
        const from = this.#at
        const [, name] = this.#match(endTag) ?? this.#fail('a broken end tag')
        if (parent?.name !== name) this.#fail('an end tag that matches no start tag', from)
        open.pop()
        const above = open.at(-1)
        if (!parent) return this.#fail('an end tag without a start tag', from)
        if (!above) return parent
        above.children.push(parent)
        continue
      }
      const started = this.#startTag()
      if (!started.closed) {
        if (open.length >= deepest) this.#fail(`more than ${deepest} levels`)
        open.push(started.element)
      } else if (parent) parent.children.push(started.element)
      else return started.element
    }
  }

  /** Reads text, CDATA and comments up to the next tag. */
  #content(into: Open): void {
    for (;;) {
      const tag = this.#text.indexOf('<', this.#at)
      if (tag < 0) this.#fail('an element that does not end', this.#text.length)
      if (tag > this.#at) into.text += this.#characters(this.#at, tag)
      this.#at = tag
      if (this.#text.startsWith('<!--', tag)) this.#comment()
      else if (this.#text.startsWith('<![CDATA[', tag)) {
        const end = this.#text.indexOf(']]>', tag)
        if (end < 0) this.#fail('CDATA that does not end')
        into.text += this.#legal(this.#text.slice(tag + 9, end), tag)
        this.#at = end + 3
      } else break
    }
  }

  #startTag(): { readonly element: Open; readonly closed: boolean } {
    const [, name] = this.#match(startOfTag) ?? this.#fail('a tag that is none, a DOCTYPE or an instruction')
    const attributes: Record<string, string> = Object.create(null)
    for (;;) {
      const spaced = this.#match(/\s+/y) !== undefined
      const end = this.#match(/\/?>/y)
      if (end) return { element: { name: name ?? '', attributes, children: [], text: '' }, closed: end[0] === '/>' }
      const from = this.#at
      const [, key = '', quote = ''] = (spaced && this.#match(attribute)) || this.#fail('a broken attribute')
      const close = this.#text.indexOf(quote, this.#at)
      if (close < 0) this.#fail('an attribute that does not end')
      if (key in attributes) this.#fail('an attribute that stands twice', from)
      if (this.#text.slice(this.#at, close).includes('<')) this.#fail('an attribute with < in it')
      attributes[key] = this.#characters(this.#at, close).replace(/[\n\t]/g, ' ')
      this.#at = close + 1
    }
  }

  #miscellany(): void {
    for (;;) {
      this.#match(/\s+/y)
      if (!this.#text.startsWith('<!--', this.#at)) return
      this.#comment()
    }
  }

  #comment(): void {
    const end = this.#text.indexOf('--', this.#at + 4)
    if (end < 0 || this.#text[end + 2] !== '>') this.#fail('a comment that does not end')
    this.#legal(this.#text.slice(this.#at, end), this.#at)
    this.#at = end + 3
  }

  #characters(from: number, to: number): string {
    const raw = this.#legal(this.#text.slice(from, to), from)
    if (raw.includes(']]>')) this.#fail(']]> in text', from)
    if (!raw.includes('&')) return raw
    return raw.replace(
      /&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([0-9A-Fa-f]{1,6}));|&/g,
      (_, entity, ten, sixteen, place) => {
        if (entity !== undefined) return entities[entity] ?? ''
        const code = ten === undefined ? Number.parseInt(sixteen, 16) : Number.parseInt(ten, 10)
        if (!(code <= 0x10ffff) || (code >= 0xd800 && code <= 0xdfff))
          this.#fail('an entity that is none', from + place)
        const symbol = String.fromCodePoint(code)
        if (illegal.test(symbol)) this.#fail('a character that XML cannot hold', from + place)
        return symbol
      },
    )
  }

  #legal(raw: string, from: number): string {
    const bad = raw.search(illegal)
    if (bad >= 0) this.#fail('a character that XML cannot hold', from + bad)
    return raw.replaceAll('\r\n', '\n').replaceAll('\r', '\n')
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found) this.#at = pattern.lastIndex
    return found ?? undefined
  }

  #fail(what: string, at: number = this.#at): never {
    const before = this.#text.slice(0, at)
    const line = before.split('\n').length
    throw new WireFault('malformed', `XML line ${line}, column ${at - before.lastIndexOf('\n')}: ${what}`)
  }
}

const illegal = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/
const name = `[${nameStart}][${nameStart}\\d.:-]*`
const startOfTag = new RegExp(`<(${name})`, 'y')
const endTag = new RegExp(`</(${name})\\s*>`, 'y')
const attribute = new RegExp(`(${name})\\s*=\\s*(["'])`, 'y')
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
