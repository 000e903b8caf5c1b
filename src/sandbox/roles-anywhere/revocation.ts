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
    // Read to the end now: what cannot be read must not be found out at the first session.
    if (list.entries.length >= 0 && list.extensions.some(({ type }) => type === deltaIndicator)) return undefined
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
      const authority = new x509.X509Certificate(issuer.certificate.raw)
      if (authority.subject !== list.issuer) continue
      if (await list.verify({ publicKey: authority })) return true
    }
  }
  return false
}
