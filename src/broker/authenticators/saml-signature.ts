import { DOMParser } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import { childrenNamed, everyElement, onlyChild, readSamlXml, type SamlElement } from './saml-xml.ts'

const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
// No SHA-1: whoever can make two documents of one SHA-1 can have the harmless one signed and show the other.
const methods = ['rsa-sha256', 'rsa-sha384', 'rsa-sha512'].map(
  (name) => `http://www.w3.org/2001/04/xmldsig-more#${name}`,
)
const digests = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']

/**
 * The assertion of a response, read from what a signature by one of the keys (public, PEM) covers and from nothing
 * else; undefined where none covers it. The document must be built the plain way, for every other one is how signatures
 * get wrapped around what they do not cover: one Assertion, a child of the Response; signatures as direct children of
 * those two alone, each over exactly its parent, whose ID no other element has; no transforms but the two of SAML.
 * Every signature there is must hold. Keys that come with a signature are not looked at. See SAML 2.0 core, section 5.4,
 * and Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be".
 */
export function signedAssertion(xml: string, response: SamlElement, keys: readonly string[]): SamlElement | undefined {
  const assertion = onlyChild(response, 'saml:Assertion')
  const all = [...everyElement(response)]
  const count = (local: string): number => all.filter((element) => element.local === local).length
  if (response.name !== 'samlp:Response' || assertion === undefined) return undefined
  if (count('Assertion') !== 1 || count('EncryptedAssertion') > 0 || hasIdTwice(all)) return undefined
  const signed = [response, assertion].filter((parent) => childrenNamed(parent, 'ds:Signature').length > 0)
  if (signed.length === 0 || count('Signature') !== signed.length || !signed.every(isSignedPlainly)) return undefined
  const covered = signed.map((parent) => coveredText(xml, parent, keys))
  const read = covered.map((text) => (text === undefined ? undefined : readSamlXml(text)))
  for (const [place, parent] of signed.entries()) {
    const element = read[place]
    if (element?.name !== parent.name || element.attributes.ID !== parent.attributes.ID) return undefined
  }
  const last = read.at(-1)
  return last?.name === 'saml:Assertion' ? last : onlyChild(last, 'saml:Assertion')
}

/** An ID that two elements have, under whatever name a reader may take for an ID's. */
function hasIdTwice(elements: readonly SamlElement[]): boolean {
  const ids = elements.flatMap(({ attributes }) =>
    Object.entries(attributes).flatMap(([name, value]) => (/(?:^|:)id$/i.test(name) ? value : [])),
  )
  return new Set(ids).size !== ids.length
}

/** Whether the element has one signature, and that is over the element whole, by ways that are taken. */
function isSignedPlainly(parent: SamlElement): boolean {
  const id = parent.attributes.ID ?? ''
  const [info, value, keyInfo, ...more] = onlyChild(parent, 'ds:Signature')?.children ?? []
  if (info?.name !== 'ds:SignedInfo' || value?.name !== 'ds:SignatureValue' || more.length > 0) return false
  if (keyInfo !== undefined && keyInfo.name !== 'ds:KeyInfo') return false
  const [canonicalization, method, reference, ...others] = info.children
  if (canonicalization?.name !== 'ds:CanonicalizationMethod' || algorithmOf(canonicalization) !== exclusive)
    return false
  if (method?.name !== 'ds:SignatureMethod' || !methods.includes(algorithmOf(method))) return false
  if (reference?.name !== 'ds:Reference' || others.length > 0) return false
  if (!/^[A-Za-z_][\w.-]*$/.test(id) || reference.attributes.URI !== `#${id}`) return false
  const [transforms, digest, digestValue, ...rest] = reference.children
  if (transforms?.name !== 'ds:Transforms' || digest?.name !== 'ds:DigestMethod') return false
  if (digestValue?.name !== 'ds:DigestValue' || rest.length > 0 || !digests.includes(algorithmOf(digest))) return false
  const steps = transforms.children.map((step) => (step.name === 'ds:Transform' ? algorithmOf(step) : ''))
  return steps.length === 2 && steps[0] === enveloped && steps[1] === exclusive
}

const algorithmOf = ({ attributes }: SamlElement): string => attributes.Algorithm ?? ''

/** What the signature of that element covers: the text that was digested. Undefined when none of the keys made it. */
function coveredText(xml: string, parent: SamlElement, keys: readonly string[]): string | undefined {
  const id = parent.attributes.ID
  for (const publicCert of keys)
    try {
      const verifier = new SignedXml({ publicCert, getCertFromKeyInfo: () => null })
      const document: Node = new DOMParser({ errorHandler: () => undefined }).parseFromString(xml, 'text/xml')
      // No other element has this ID, so the signature inside it is the one.
      const node = verifier.findSignatures(document).find(({ parentNode }) => idOf(parentNode) === id)
      if (node === undefined) return undefined
      verifier.loadSignature(node)
      if (!verifier.checkSignature(xml)) continue
      const [covered, second] = verifier.getSignedReferences()
      return second === undefined ? covered : undefined
    } catch {
      // Another key may be the one.
    }
  return undefined
}

const idOf = (node: Node | null): string | null =>
  node !== null && 'getAttribute' in node && typeof node.getAttribute === 'function' ? node.getAttribute('ID') : null
