import type { CertificateFacts } from './certificate.ts'

/** A certificate and those above it, up to one that is trusted by itself. */
export type Chain = readonly CertificateFacts[]

const longest = 8
/** Authorities that all issued each other have as many ways through them as they have orders. */
const mostTries = 200

/**
 * A way from the leaf through what was sent with it to an authority that is trusted: every link signed by the next,
 * valid at that instant, and by an authority that may issue it (RFC 5280, section 6). Undefined where there is none. A
 * leaf is never its own authority.
 */
export function chainToAuthority(
  leaf: CertificateFacts,
  sent: readonly CertificateFacts[],
  authorities: readonly CertificateFacts[],
  at: number,
): Chain | undefined {
  if (!isSound(leaf, at)) return undefined
  let tries = 0
  const climb = (chain: readonly CertificateFacts[]): Chain | undefined => {
    const top = chain.at(-1)
    if (top === undefined || chain.length >= longest) return undefined
    const fits = (issuer: CertificateFacts): boolean => issues(issuer, top, chain.length - 1, at)
    const authority = authorities.find(fits)
    if (authority) return [...chain, authority]
    for (const next of sent) {
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

/** Valid at that instant, hashed well, and with nothing critical in it that is not understood. */
const isSound = (facts: CertificateFacts, at: number): boolean =>
  facts.isHashedWell && facts.isUnderstood && isValidAt(facts, at)

/** Whether the instant lies within the certificate's time. */
const isValidAt = ({ certificate }: CertificateFacts, at: number): boolean =>
  certificate.validFromDate.getTime() <= at && at <= certificate.validToDate.getTime()

/** Whether `issuer` may issue, and issued, a certificate with `below` authorities between it and the leaf. */
function issues(issuer: CertificateFacts, { certificate }: CertificateFacts, below: number, at: number): boolean {
  return (
    issuer.isCa &&
    issuer.isUnderstood &&
    issuer.issuesForClients &&
    (issuer.pathLength === undefined || issuer.pathLength >= below) &&
    isValidAt(issuer, at) &&
    certificate.checkIssued(issuer.certificate) &&
    isSignedBy(certificate, issuer.certificate)
  )
}

function isSignedBy(certificate: CertificateFacts['certificate'], issuer: CertificateFacts['certificate']): boolean {
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}
