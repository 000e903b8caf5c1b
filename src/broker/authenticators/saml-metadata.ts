import { X509Certificate } from 'node:crypto'
import { isSafeUrl } from './fetch-text.ts'
import { childrenNamed, instantIn, onlyChild, readSamlXml, type SamlElement } from './saml-xml.ts'

/** What the metadata of an identity provider says. */
export interface SamlProvider {
  readonly entityId: string
  /** Where people are sent to sign in, by redirect. */
  readonly signOnUrl: string
  /** Public keys that sign assertions, PEM. */
  readonly keys: readonly string[]
  /** Milliseconds since 1970. */
  readonly validUntil?: number
}

const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
const fewestBits = 2048

/** Reads the metadata of one provider. Throws an Error that says what it lacks. */
export function readSamlMetadata(xml: string): SamlProvider {
  let root: SamlElement
  try {
    root = readSamlXml(xml)
  } catch (cause) {
    throw new Error('the metadata is no XML that can be read', { cause })
  }
  const { entityID: entityId, validUntil } = root.attributes
  const descriptor = onlyChild(root, 'md:IDPSSODescriptor')
  if (root.name !== 'md:EntityDescriptor' || !entityId || descriptor === undefined)
    throw new Error('the metadata is not that of one identity provider')
  const signOnUrl = childrenNamed(descriptor, 'md:SingleSignOnService').find(
    ({ attributes: { Binding: binding } }) => binding === redirectBinding,
  )?.attributes.Location
  if (signOnUrl === undefined || !isSafeUrl(signOnUrl))
    throw new Error('the metadata names no https address to sign in at by redirect')
  const keys = childrenNamed(descriptor, 'md:KeyDescriptor')
    .filter(({ attributes: { use } }) => use === undefined || use === 'signing')
    .flatMap((key) => childrenNamed(onlyChild(key, 'ds:KeyInfo'), 'ds:X509Data'))
    .flatMap((data) => childrenNamed(data, 'ds:X509Certificate'))
    .flatMap(({ text }) => publicKey(text) ?? [])
  if (keys.length === 0) throw new Error(`the metadata has no RSA key of ${fewestBits} bits or more that signs`)
  const end = instantIn(validUntil)
  if (validUntil !== undefined && end === undefined) throw new Error('the metadata ends at no instant that can be read')
  return { entityId, signOnUrl, keys, ...(end === undefined ? {} : { validUntil: end }) }
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
