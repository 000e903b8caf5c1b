import { inflateRawSync } from 'node:zlib'
import { isNamed, type NamedElement, readNamedXml } from '../saml/named-xml.ts'

/** Who asks for a sign-in, and where the answer goes. */
export interface AuthnRequest {
  readonly id: string
  /** Absent: to AWS. */
  readonly consumerUrl?: string
}

const longest = 64 * 1024

/**
 * Reads the request of a SAMLRequest parameter: deflated when it came by redirect, plain when by POST. Undefined for
 * what is none, and for one that wants the answer taken anywhere but to this machine.
 */
export function readAuthnRequest(base64: string, binding: 'redirect' | 'post'): AuthnRequest | undefined {
  let request: NamedElement
  try {
    const bytes = Buffer.from(base64, 'base64')
    const xml = binding === 'redirect' ? inflateRawSync(bytes, { maxOutputLength: longest }) : bytes
    request = readNamedXml(xml.toString('utf8'))
  } catch {
    return undefined
  }
  const { ID: id, AssertionConsumerServiceURL: consumerUrl } = request.attributes
  if (!isNamed(request, 'protocol:AuthnRequest') || id === undefined || !/^[A-Za-z_][\w.-]{0,255}$/.test(id))
    return undefined
  if (consumerUrl === undefined) return { id }
  return isHere(consumerUrl) ? { id, consumerUrl } : undefined
}

function isHere(text: string): boolean {
  const url = URL.parse(text)
  return (
    url?.protocol === 'http:' &&
    url.username === '' &&
    url.password === '' &&
    /^(?:127\.0\.0\.1|localhost|\[::1\])$/.test(url.hostname)
  )
}
