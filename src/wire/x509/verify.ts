import { verify } from 'node:crypto'
import type { WireRequest } from '../message.ts'
import { basicDate, canonicalRequest, type QuerySpelling, stringToSign } from '../sigv4/canonical.ts'
import type { X509Authentication } from './authentication.ts'
import { algorithmOf, decimalSerial } from './certificate.ts'

/**
 * Whether the private key of the certificate in the request made its signature, the algorithm named is the one of that
 * key, and the serial number named is the one of that certificate. `bodySha256` is the digest, in hex, of the body as
 * received. Says nothing of time, scope, or of who issued the certificate.
 */
export function verifyX509Signature(
  request: WireRequest,
  authentication: X509Authentication,
  bodySha256: string,
): boolean {
  const { algorithm, certificate, scope, serial, signedHeaders, signature } = authentication
  if (algorithmOf(certificate.publicKey) !== algorithm || decimalSerial(certificate) !== serial) return false
  const at = basicDate(authentication.at)
  const spellings: readonly QuerySpelling[] = ['normalized', 'verbatim']
  return spellings.some((spelling) => {
    const parts = { request, service: scope.service, signedHeaders, payload: bodySha256, spelling }
    const canonical = canonicalRequest(parts)
    if (canonical === undefined) return false
    return isSignature(stringToSign(at, scope, canonical, algorithm), certificate.publicKey, signature)
  })
}

function isSignature(text: string, key: Parameters<typeof verify>[2], signature: Uint8Array): boolean {
  try {
    return verify('sha256', Buffer.from(text), key, signature)
  } catch {
    // What OpenSSL cannot even read is no signature.
    return false
  }
}
