export { childOf, childrenOf, readXml, textOf, type XmlElement } from './xml-reader.ts'

/** What can be written as XML. Undefined is left out. */
export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | Uint8Array
  | undefined
  | readonly XmlValue[]
  | FlatList
  | WithAttributes
  | XmlFields

export type XmlFields = { readonly [name: string]: XmlValue }

/** A list written without an element around it, as S3 does: `{ Key: flat(['a', 'b']) }` is `<Key>a</Key><Key>b</Key>`. */
export interface FlatList {
  readonly [kind]: 'flat'
  readonly items: readonly XmlValue[]
}

/** A value whose element carries attributes. */
export interface WithAttributes {
  readonly [kind]: 'attributes'
  readonly attributes: Readonly<Record<string, string>>
  readonly value: XmlValue
}

const kind = Symbol('kind of XML value')

/** A list without an element of its own. */
export const flat = (items: readonly XmlValue[]): FlatList => ({ [kind]: 'flat', items })

/** A value whose element carries these attributes. */
export const withAttributes = (attributes: Readonly<Record<string, string>>, value: XmlValue): WithAttributes => ({
  [kind]: 'attributes',
  attributes,
  value,
})

export interface XmlOptions {
  readonly xmlns?: string
  /** The element of a list's items; default `member`. */
  readonly item?: string
  /** Begin with `<?xml version="1.0" encoding="UTF-8"?>` and a line break, as S3 does. */
  readonly declaration?: boolean
}

/**
 * An XML document: fields become elements, lists elements of `<member>`, dates ISO 8601 without milliseconds, bytes
 * base64. Characters that XML cannot hold become U+FFFD. Throws a TypeError for a name no element can have.
 */
export function writeXml(root: string, value: XmlValue, options: XmlOptions = {}): string {
  const rooted = options.xmlns === undefined ? value : withAttributes({ xmlns: options.xmlns }, value)
  const parts = options.declaration ? ['<?xml version="1.0" encoding="UTF-8"?>\n'] : []
  write(root, rooted, options.item ?? 'member', parts)
  return parts.join('')
}

function write(name: string, value: XmlValue, item: string, parts: string[], attributes = ''): void {
  if (value === undefined) return
  if (!/^[A-Za-z_][\w.:-]*$/.test(name)) throw new TypeError('not a name an XML element can have')
  if (isMarked(value)) {
    if (value[kind] === 'flat') for (const entry of value.items) write(name, entry, item, parts)
    else write(name, value.value, item, parts, writeAttributes(value.attributes))
    return
  }
  const text = scalar(value)
  if (text === '') parts.push(`<${name}${attributes}/>`)
  else if (text !== undefined) parts.push(`<${name}${attributes}>${escapeText(text)}</${name}>`)
  else {
    parts.push(`<${name}${attributes}>`)
    if (isList(value)) for (const entry of value) write(item, entry, item, parts)
    else for (const [field, entry] of Object.entries(value)) write(field, entry, item, parts)
    parts.push(`</${name}>`)
  }
}

function scalar(value: XmlValue): string | undefined {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, 'Z')
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  return typeof value === 'object' ? undefined : String(value)
}

const isList = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value)

const isMarked = (value: XmlValue): value is FlatList | WithAttributes => typeof value === 'object' && kind in value

function writeAttributes(attributes: Readonly<Record<string, string>>): string {
  let text = ''
  for (const [name, value] of Object.entries(attributes)) {
    if (!/^[A-Za-z_][\w.:-]*$/.test(name)) throw new TypeError('not a name an XML attribute can have')
    text += ` ${name}="${escapeText(value).replace(/[\n\t]/g, (symbol) => `&#${symbol.charCodeAt(0)};`)}"`
  }
  return text
}

const named: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r': '&#13;' }

const escapeText = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd')
    .replace(/[&<>"\r]/g, (symbol) => named[symbol] ?? symbol)
