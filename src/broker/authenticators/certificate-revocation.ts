import { verify, type X509Certificate } from 'node:crypto'
import type { X509Crl } from '@peculiar/x509'
import type { Chain } from './certificate-chain.ts'
import { loadX509 } from './load-x509.ts'

/** Delta lists (RFC 5280, section 5.2.4) tell a part only; whoever took one for the whole would miss revocations. */
const deltaIndicator = '2.5.29.27'

/** The lists of revoked certificates in a file: PEM blocks, or one list in DER. Throws an Error for what is none. */
export async function revocationLists(bytes: Uint8Array): Promise<readonly X509Crl[]> {
  const x509 = await loadX509()
  const text = Buffer.from(bytes).toString('latin1')
  const blocks = [...text.matchAll(/-----BEGIN X509 CRL-----([^-]+)-----END X509 CRL-----/g)].map(([, base64 = '']) =>
    Buffer.from(base64, 'base64'),
  )
  const lists = (blocks.length > 0 ? blocks : [bytes]).map((der) => new x509.X509Crl(new Uint8Array(der)))
  for (const list of lists) {
    if (list.entries.length >= 0 && list.extensions.some(({ type }) => type === deltaIndicator))
      throw new Error('a list tells changes only (a delta CRL)')
    if (hashOf(list) === undefined) throw new Error('a list is signed by a way that is not taken')
  }
  return lists
}

/**
 * Whether a list revokes a certificate of the chain, the authority that is trusted by itself aside. A list counts when
 * the issuer of the certificate signed it; lists that have run out still count: nothing they revoked has become good.
 */
export async function isRevoked(chain: Chain, lists: readonly X509Crl[]): Promise<boolean> {
  if (lists.length === 0) return false
  const x509 = await loadX509()
  for (const list of lists)
    for (const [place, { certificate }] of chain.slice(0, -1).entries()) {
      const issuer = chain[place + 1]
      if (!issuer?.signsLists || !list.findRevoked(new x509.X509Certificate(new Uint8Array(certificate.raw)))) continue
      if (isSigned(list, issuer.certificate)) return true
    }
  return false
}

/** The hash of a list's signature by RSA (PKCS#1 v1.5) or ECDSA; undefined for other ones, and for SHA-1. */
function hashOf({ signatureAlgorithm: { name, hash } }: X509Crl): string | undefined {
  return /^(?:RSASSA-PKCS1-v1_5|ECDSA)$/.test(name) ? /^SHA-(?:256|384|512)$/.exec(hash?.name ?? '')?.[0] : undefined
}

/** CertificateList → tbsCertList (RFC 5280, section 5.1): what the issuer signed. */
function isSigned(list: X509Crl, issuer: X509Certificate): boolean {
  const der = new Uint8Array(list.rawData)
  const start = content(der, 0)
  const signed = der.subarray(start, end(der, start))
  const hash = hashOf(list)?.replace('-', '')
  return hash !== undefined && verify(hash, signed, issuer.publicKey, new Uint8Array(list.signature))
}

/** Where the content of the DER element at a place begins: definite lengths of four bytes at most (X.690, 8.1.3). */
function content(der: Uint8Array, place: number): number {
  const first = der[place + 1] ?? 0
  return place + 2 + (first < 0x80 ? 0 : Math.min(first & 0x7f, 4))
}

function end(der: Uint8Array, place: number): number {
  const first = der[place + 1] ?? 0
  const start = content(der, place)
  let length = first < 0x80 ? first : 0
  for (const byte of der.subarray(place + 2, start)) length = length * 256 + byte
  return start + length
}
