import { type KeyObject, X509Certificate } from 'node:crypto'

/** How a request is signed with the key of a certificate: by the kind of that key. */
export type X509Algorithm = 'AWS4-X509-RSA-SHA256' | 'AWS4-X509-ECDSA-SHA256'

/** The algorithm for a key, or undefined when Roles Anywhere takes no such key. */
export function algorithmOf(key: KeyObject): X509Algorithm | undefined {
  if (key.asymmetricKeyType === 'rsa') return 'AWS4-X509-RSA-SHA256'
  return key.asymmetricKeyType === 'ec' ? 'AWS4-X509-ECDSA-SHA256' : undefined
}

/** The certificate in exactly these DER bytes; undefined when they are something else, or more than one certificate. */
export function certificateIn(der: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der)
    return certificate.raw.equals(der) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** The serial number as a number: decimal, as a credential names it; hexadecimal is how most tools show it. */
export function decimalSerial({ serialNumber }: Pick<X509Certificate, 'serialNumber'>): string {
  const digits = serialNumber.replace(/^-/, '')
  return `${serialNumber.startsWith('-') ? '-' : ''}${BigInt(`0x${digits}`)}`
}
