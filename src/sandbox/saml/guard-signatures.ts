import { everyElement, isNamed, type Name, type NamedElement, named, onlyNamed, spaces } from './named-xml.ts'

/** What a signature of a response claims to cover, once its place and form are found to be as SAML has them. */
export interface GuardedSignature {
  readonly covers: 'Response' | 'Assertion'
  /** The ID of what it covers. */
  readonly id: string
}

const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'

// No SHA-1: whoever can make two documents of one SHA-1 can have the harmless one signed and present the other.
const signatureMethods = [
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
]
const digestMethods = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']

/**
 * The signatures of a SAML response; undefined when the document is built in any way but
 * the plain one, which is how signatures are wrapped: one Assertion, a child of the Response; signatures only as direct
 * children of those two, each over exactly its parent, named by its ID, which no other element has; no transforms but
 * the enveloped signature and exclusive canonicalization, no Object, no algorithm that is not RSA over SHA-2.
 * See SAML 2.0 core, section 5.4, and Somorovsky et al., "On Breaking SAML: Be Whoever You Want to Be".
 */
export function guardSignatures(root: NamedElement): readonly GuardedSignature[] | undefined {
  if (!isNamed(root, 'protocol:Response')) return undefined
  const all = [...everyElement(root)]
  const assertion = onlyNamed(root, 'assertion:Assertion')
  if (assertion === undefined || all.filter(({ local }) => local === 'Assertion').length !== 1) return undefined
  if (all.some(({ local }) => local === 'EncryptedAssertion') || hasDuplicateIds(all)) return undefined
  const parents = [
    ['Response', root],
    ['Assertion', assertion],
  ] as const
  const found: GuardedSignature[] = []
  for (const [covers, parent] of parents) {
    const signatures = named(parent, 'signature:Signature')
    if (signatures.length === 0) continue
    const id = parent.attributes.ID
    const [signature, second] = signatures
    if (signature === undefined || second !== undefined || id === undefined) return undefined
    if (!isPlain(signature, id)) return undefined
    found.push({ covers, id })
  }
  return all.filter(({ local }) => local === 'Signature').length === found.length ? found : undefined
}

/** An ID that two elements have, under whatever name a reader may take for an ID's. */
function hasDuplicateIds(elements: readonly NamedElement[]): boolean {
  const seen = new Set<string>()
  for (const { attributes } of elements)
    for (const [name, value] of Object.entries(attributes)) {
      if (!/(?:^|:)id$/i.test(name)) continue
      if (seen.has(value)) return true
      seen.add(value)
    }
  return false
}

function isPlain(signature: NamedElement, id: string): boolean {
  const [info, value, keyInfo, ...more] = signature.children
  if (info === undefined || value === undefined || more.length > 0) return false
  if (!isNamed(info, 'signature:SignedInfo') || !isNamed(value, 'signature:SignatureValue')) return false
  if (keyInfo !== undefined && !isNamed(keyInfo, 'signature:KeyInfo')) return false
  if (!hasChildren(info, ['CanonicalizationMethod', 'SignatureMethod', 'Reference'])) return false
  const [canonicalization, method, reference] = info.children
  if (algorithm(canonicalization) !== exclusive || !signatureMethods.includes(algorithm(method))) return false
  if (reference?.attributes.URI !== `#${id}` || !/^[A-Za-z_][\w.-]*$/.test(id)) return false
  if (!hasChildren(reference, ['Transforms', 'DigestMethod', 'DigestValue'])) return false
  const [transforms, digestMethod] = reference.children
  return digestMethods.includes(algorithm(digestMethod)) && isPlainTransforms(transforms)
}

function isPlainTransforms(transforms: NamedElement | undefined): boolean {
  const steps = transforms?.children ?? []
  if (!steps.every((step) => isNamed(step, 'signature:Transform'))) return false
  const [first, second, ...more] = steps.map(algorithm)
  return first === enveloped && second === exclusive && more.length === 0
}

const algorithm = (element: NamedElement | undefined): string => element?.attributes.Algorithm ?? ''

function hasChildren(element: NamedElement, locals: readonly string[]): boolean {
  const wanted = locals.map((local): Name => `signature:${local}`)
  return (
    element.space === spaces.signature &&
    element.children.length === wanted.length &&
    element.children.every((child, place) => isNamed(child, wanted[place] ?? 'signature:'))
  )
}
