import { verify, type X509Certificate } from 'node:crypto'
import type { X509Crl } from '@peculiar/x509'
import { derElement } from '../certificates/der.ts'
import { loadX509 } from '../certificates/load-x509.ts'
import type { Chain } from './chain.ts'
import type { RevocationList } from './state.ts'

/** Delta lists (RFC 5280, section 5.2.4) tell a part only; whoever took one for the whole would miss revocations. */
const deltaIndicator = '2.5.29.27'

/** The list in these bytes, DER or PEM, as DER in base64; undefined when they are no whole list. */
export async function revocationListIn(bytes: Uint8Array): Promise<string | undefined> {
  const x509 = await loadX509()
  try {
    const text = Buffer.from(bytes).toString('latin1')
    const list = new x509.X509Crl(text.includes('-----BEGIN') ? text : new Uint8Array(bytes))
    // Read to the end now: what cannot be read, or verified later, must not be found out at the first session.
    if (list.entries.length >= 0 && list.extensions.some(({ type }) => type === deltaIndicator)) return undefined
    if (!hashOf(list)) return undefined
    return Buffer.from(list.rawData).toString('base64')
  } catch {
    return undefined
  }
}

/**
 * Whether a list revokes a certificate of the chain, the anchor itself aside. A list counts when the issuer of the
 * certificate signed it; lists that have run out (nextUpdate) still count, for nothing they revoked has become good.
 */
export async function isRevoked(chain: Chain, lists: readonly Pick<RevocationList, 'data'>[]): Promise<boolean> {
  if (lists.length === 0) return false
  const x509 = await loadX509()
  for (const { data } of lists) {
    const list = new x509.X509Crl(new Uint8Array(Buffer.from(data, 'base64')))
    for (const [place, { certificate }] of chain.slice(0, -1).entries()) {
      const issuer = chain[place + 1]
      if (!issuer?.signsLists || !list.findRevoked(new x509.X509Certificate(certificate.raw))) continue
      if (isSigned(list, issuer.certificate)) return true
    }
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
  const start = derElement(der, 0).content
  const signed = der.subarray(start, derElement(der, start).end)
  const hash = hashOf(list)?.replace('-', '')
  return hash !== undefined && verify(hash, signed, issuer.publicKey, new Uint8Array(list.signature))
}
