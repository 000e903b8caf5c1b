import type { X509Certificate } from 'node:crypto'
import { type CertificateFacts, certificateFacts } from './certificate.ts'

/** A certificate and those above it, up to one that is trusted by itself. */
export type Chain = readonly CertificateFacts[]

const longest = 8
/** Authorities that all issued each other have as many ways through them as they have orders. */
const mostTries = 200

/**
 * A way from the leaf through what was sent with it to an anchor, or undefined: every link signed by the next, valid at
 * that instant, and by an authority that may issue it (RFC 5280, section 6). A leaf is never its own anchor. Critical
 * extensions that are not understood, name constraints among them, end a way.
 */
export async function chainToAnchor(
  leaf: CertificateFacts,
  sent: readonly X509Certificate[],
  anchors: readonly X509Certificate[],
  at: Date,
): Promise<Chain | undefined> {
  const trusted = (await Promise.all(anchors.map(certificateFacts))).filter((one) => one !== undefined)
  const between = (await Promise.all(sent.map(certificateFacts))).filter((one) => one !== undefined)

  let tries = 0
  const climb = (chain: readonly CertificateFacts[]): Chain | undefined => {
    const top = chain.at(-1)
    if (top === undefined || chain.length >= longest) return undefined
    const fits = (issuer: CertificateFacts): boolean => issues(issuer, top, chain.length - 1, at)
    const anchor = trusted.find(fits)
    if (anchor) return [...chain, anchor]
    for (const next of between) {
      if (chain.some(({ certificate }) => certificate.raw.equals(next.certificate.raw))) continue
      tries += 1
      if (tries > mostTries) return undefined
      if (!next.isHashedWell || !fits(next)) continue
      const found = climb([...chain, next])
      if (found) return found
    }
    return undefined
  }
  return climb([leaf])
}

/** Whether `issuer` may issue, and issued, a certificate with `below` authorities between it and the leaf. */
function issues(issuer: CertificateFacts, { certificate }: CertificateFacts, below: number, at: Date): boolean {
  return (
    issuer.isCa &&
    issuer.unknown === undefined &&
    (issuer.pathLength === undefined || issuer.pathLength >= below) &&
    isValidAt(issuer.certificate, at) &&
    certificate.checkIssued(issuer.certificate) &&
    isSignedBy(certificate, issuer.certificate)
  )
}

/** Whether the instant lies within the certificate's time. */
export const isValidAt = ({ validFromDate, validToDate }: X509Certificate, at: Date): boolean =>
  validFromDate.getTime() <= at.getTime() && at.getTime() <= validToDate.getTime()

function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}
