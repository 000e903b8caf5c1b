import { DOMParser } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { type AssertionFacts, readAssertion } from './assertion-facts.ts'
import { type GuardedSignature, guardSignatures } from './guard-signatures.ts'
import { isNamed, type NamedElement, onlyNamed, readNamedXml } from './named-xml.ts'

/** What came of verifying a response: what its assertion says, or which kind of refusal it earns. */
export type Verified =
  | { readonly kind: 'verified'; readonly assertion: AssertionFacts }
  /** Not a SAML response, or not one about a success. */
  | { readonly kind: 'malformed' }
  /** No signature, or one that does not hold. */
  | { readonly kind: 'unsigned' }

const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/**
 * Verifies the signatures of a SAML response with the provider's keys (PEM, public), and reads the assertion from what
 * they cover. Every signature there is must hold. Nothing is read from the document itself, only from the canonical
 * form whose digest was signed, so that neither a second assertion nor a comment inside a text changes what is read.
 * The keys in KeyInfo are never looked at.
 */
export function verifyResponse(xml: string, keys: readonly string[]): Verified {
  let root: NamedElement
  try {
    root = readNamedXml(xml)
  } catch {
    return { kind: 'malformed' }
  }
  if (!isNamed(root, 'protocol:Response')) return { kind: 'malformed' }
  const status = onlyNamed(onlyNamed(root, 'protocol:Status'), 'protocol:StatusCode')?.attributes.Value
  if (status !== success) return { kind: 'malformed' }
  const signatures = guardSignatures(root)
  if (signatures === undefined || signatures.length === 0) return { kind: 'unsigned' }
  const signed: NamedElement[] = []
  for (const signature of signatures) {
    const element = coveredBy(xml, signature, keys)
    if (element === undefined) return { kind: 'unsigned' }
    signed.push(element)
  }
  const assertion = signed.map(assertionIn).find((found) => found !== undefined)
  const facts = assertion && readAssertion(assertion)
  return facts ? { kind: 'verified', assertion: facts } : { kind: 'malformed' }
}

/** The element a signature covers, as it was digested; undefined when no key made it. */
function coveredBy(xml: string, { covers, id }: GuardedSignature, keys: readonly string[]): NamedElement | undefined {
  for (const publicCert of keys) {
    try {
      const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
      // No other element has this ID, so the signature inside it is the one.
      const node = verifier.findSignatures(document(xml)).find(({ parentNode }) => idOf(parentNode) === id)
      if (node === undefined) return undefined
      verifier.loadSignature(node)
      if (!verifier.checkSignature(xml)) continue
      const [canonical, second] = verifier.getSignedReferences()
      if (canonical === undefined || second !== undefined) return undefined
      const element = readNamedXml(canonical)
      const name = covers === 'Response' ? 'protocol:Response' : 'assertion:Assertion'
      return isNamed(element, name) && element.attributes.ID === id ? element : undefined
    } catch {
      // The next key may be the one.
    }
  }
  return undefined
}

// The library's own idea of a node; it reads the document the same way itself.
const document = (xml: string): Node =>
  new DOMParser({ errorHandler: () => undefined }).parseFromString(xml, 'text/xml')

const idOf = (node: Node | null): string | null =>
  node !== null && 'getAttribute' in node && typeof node.getAttribute === 'function' ? node.getAttribute('ID') : null

/** The assertion that a signed element is, or holds. */
const assertionIn = (element: NamedElement): NamedElement | undefined =>
  isNamed(element, 'assertion:Assertion') ? element : onlyNamed(element, 'assertion:Assertion')
