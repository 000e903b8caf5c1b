import { WireFault } from '../../wire/wire-fault.ts'
import { readXml, type XmlElement } from '../../wire/xml.ts'

/** An element known by its namespace, whatever prefix the document calls that by. */
export interface SamlElement {
  /** `saml:Assertion`, with the prefixes of `spaces`; of other namespaces `{namespace}local`. */
  readonly name: string
  readonly local: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly SamlElement[]
  readonly text: string
}

export const spaces = {
  samlp: 'urn:oasis:names:tc:SAML:2.0:protocol',
  saml: 'urn:oasis:names:tc:SAML:2.0:assertion',
  md: 'urn:oasis:names:tc:SAML:2.0:metadata',
  ds: 'http://www.w3.org/2000/09/xmldsig#',
} as const

const prefixes = new Map<string, string>(Object.entries(spaces).map(([prefix, space]) => [space, prefix]))

/**
 * Reads a document with its namespaces resolved. As strict as `readXml`: no DOCTYPE, no entities of its own, no
 * instructions, and so nothing that another reader could read differently. Throws a `WireFault`.
 */
export const readSamlXml = (xml: string): SamlElement =>
  resolve(readXml(xml), new Map([['xml', 'http://www.w3.org/XML/1998/namespace']]))

function resolve(element: XmlElement, outer: ReadonlyMap<string, string>): SamlElement {
  const scope = new Map(outer)
  for (const [name, value] of Object.entries(element.attributes))
    if (name === 'xmlns') scope.set('', value)
    else if (name.startsWith('xmlns:')) scope.set(name.slice('xmlns:'.length), value)
  const [first = '', ...others] = element.name.split(':')
  const [prefix, local] = others.length === 0 ? ['', first] : [first, others.join(':')]
  const space = scope.get(prefix) ?? (prefix === '' ? '' : undefined)
  if (space === undefined) throw new WireFault('malformed', 'a prefix that no namespace was declared for')
  const known = prefixes.get(space)
  return {
    name: known === undefined ? `{${space}}${local}` : `${known}:${local}`,
    local,
    attributes: element.attributes,
    text: element.text,
    children: element.children.map((child) => resolve(child, scope)),
  }
}

/** The children of that name. */
export const childrenNamed = (element: SamlElement | undefined, name: string): readonly SamlElement[] =>
  element?.children.filter((child) => child.name === name) ?? []

/** The one child of that name; undefined when there is none, or more than one. */
export function onlyChild(element: SamlElement | undefined, name: string): SamlElement | undefined {
  const [first, second] = childrenNamed(element, name)
  return second === undefined ? first : undefined
}

/** The element and all below it, in the order of the document. */
export function* everyElement(element: SamlElement): Generator<SamlElement> {
  yield element
  for (const child of element.children) yield* everyElement(child)
}

/** An instant as SAML writes it, in UTC (SAML 2.0 core, section 1.3.3); undefined for any other text. */
export function instantIn(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(text)) return undefined
  const instant = Date.parse(text.replace(/(\.\d{3})\d+/, '$1'))
  return Number.isNaN(instant) ? undefined : instant
}
