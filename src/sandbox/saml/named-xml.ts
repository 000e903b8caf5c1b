import { WireFault } from '../../wire/wire-fault.ts'
import { readXml, type XmlElement } from '../../wire/xml.ts'

/** An element known by its namespace, whatever prefix the document calls that by. */
export interface NamedElement {
  readonly space: string
  readonly local: string
  /** As written; those of SAML and XML Signature have no prefix. */
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly NamedElement[]
  readonly text: string
}

export const spaces = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const

/** A name as code writes it: `saml:Assertion`, with the prefixes of `spaces`. */
export type Name = `${keyof typeof spaces}:${string}`

/**
 * Reads a document with its namespaces resolved. As strict as `readXml`: no DOCTYPE, no entities of its own, and so
 * nothing that a second reader could read differently. Throws a `WireFault`.
 */
export const readNamedXml = (xml: string): NamedElement => resolve(readXml(xml), new Map([['xml', xmlSpace]]))

const xmlSpace = 'http://www.w3.org/XML/1998/namespace'

function resolve(element: XmlElement, outer: ReadonlyMap<string, string>): NamedElement {
  const declared = Object.entries(element.attributes).flatMap(([name, value]) => {
    const prefix = name === 'xmlns' ? '' : /^xmlns:(.+)$/.exec(name)?.[1]
    return prefix === undefined ? [] : [[prefix, value] as const]
  })
  const scope = declared.length === 0 ? outer : new Map([...outer, ...declared])
  const colon = element.name.indexOf(':')
  const prefix = colon < 0 ? '' : element.name.slice(0, colon)
  const space = scope.get(prefix) ?? (prefix === '' ? '' : undefined)
  if (space === undefined) throw new WireFault('malformed', 'a prefix that no namespace was declared for')
  return {
    space,
    local: element.name.slice(colon + 1),
    attributes: element.attributes,
    text: element.text,
    children: element.children.map((child) => resolve(child, scope)),
  }
}

/** Whether the element has that name. */
export function isNamed(element: NamedElement, name: Name): boolean {
  const [prefix = '', local] = name.split(':')
  return element.local === local && new Map<string, string>(Object.entries(spaces)).get(prefix) === element.space
}

/** The children of that name. */
export const named = (element: NamedElement | undefined, name: Name): readonly NamedElement[] =>
  element?.children.filter((child) => isNamed(child, name)) ?? []

/** The one child of that name; undefined when there is none, or more than one. */
export function onlyNamed(element: NamedElement | undefined, name: Name): NamedElement | undefined {
  const [first, second] = named(element, name)
  return second === undefined ? first : undefined
}

/** The element and all below it, in the order of the document. */
export function* everyElement(element: NamedElement): Generator<NamedElement> {
  yield element
  for (const child of element.children) yield* everyElement(child)
}
