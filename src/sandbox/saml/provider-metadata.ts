import { X509Certificate } from 'node:crypto'
import { isNamed, type NamedElement, named, onlyNamed, readNamedXml } from './named-xml.ts'

/** What a provider's metadata document says of who signs, and with which keys. */
export interface ProviderMetadata {
  readonly entityId: string
  /** Public keys that sign assertions, PEM. */
  readonly keys: readonly string[]
  readonly validUntil?: Date
}

const fewestBits = 1024

/**
 * Reads the metadata of a SAML identity provider; undefined when it is not such a document, names nobody, or has no RSA
 * signing key of 1024 bits or more. A byte order mark is refused, as AWS does. See "Create a SAML identity provider
 * in IAM" in the IAM User Guide.
 */
export function readMetadata(xml: string): ProviderMetadata | undefined {
  if (xml.startsWith('\ufeff')) return undefined
  let root: NamedElement
  try {
    root = readNamedXml(xml)
  } catch {
    return undefined
  }
  const { entityID: entityId, validUntil } = root.attributes
  const descriptor = onlyNamed(root, 'metadata:IDPSSODescriptor')
  if (!isNamed(root, 'metadata:EntityDescriptor') || !entityId || descriptor === undefined) return undefined
  if (named(descriptor, 'metadata:SingleSignOnService').length === 0) return undefined
  const certificates = named(descriptor, 'metadata:KeyDescriptor')
    .filter(({ attributes: { use } }) => use === undefined || use === 'signing')
    .flatMap((key) => named(onlyNamed(key, 'signature:KeyInfo'), 'signature:X509Data'))
    .flatMap((data) => named(data, 'signature:X509Certificate'))
  const keys = certificates.map(({ text }) => publicKey(text))
  if (keys.length === 0 || !keys.every((key) => key !== undefined)) return undefined
  const end = validUntil === undefined ? undefined : new Date(validUntil)
  if (end && Number.isNaN(end.getTime())) return undefined
  return { entityId, keys, ...(end && { validUntil: end }) }
}

function publicKey(base64: string): string | undefined {
  try {
    const { publicKey: key } = new X509Certificate(Buffer.from(base64.replace(/\s/g, ''), 'base64'))
    const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
    if (key.asymmetricKeyType !== 'rsa' || modulusLength < fewestBits) return undefined
    return key.export({ type: 'spki', format: 'pem' }).toString()
  } catch {
    return undefined
  }
}
