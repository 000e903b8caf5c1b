import type { X509Certificate } from 'node:crypto'
import { anchorsIn, type CertificateFacts } from './certificate.ts'
import { chainToAnchor, isValidAt } from './chain.ts'
import { refused } from './faults.ts'
import { isRevoked } from './revocation.ts'
import type { RevocationList, TrustAnchor } from './state.ts'

/**
 * Throws AccessDeniedException for a certificate that cannot sign for a session: see "End-entity certificate" under
 * "Trust model" in the IAM Roles Anywhere User Guide.
 */
export function checkLeaf(leaf: CertificateFacts, at: Date): void {
  const broken = rules.find(([, keeps]) => !keeps(leaf))
  if (broken) throw refused(`Untrusted certificate. ${broken[0]}`)
  if (!isValidAt(leaf.certificate, at))
    throw refused(
      leaf.certificate.validToDate < at
        ? 'Untrusted certificate. Certificate has expired.'
        : 'Untrusted certificate. Certificate is not yet valid.',
    )
}

const rules: readonly (readonly [what: string, keeps: (leaf: CertificateFacts) => boolean])[] = [
  ['The certificate must be of X.509 version 3.', ({ version }) => version === 3],
  ['A certificate of an authority cannot be used.', ({ certificate, isCa }) => !isCa && !certificate.ca],
  ['The key usage must include digitalSignature.', ({ signsDigitally }) => signsDigitally],
  ['The certificate must be signed with SHA-256 or stronger.', ({ isHashedWell }) => isHashedWell],
  ['It has a critical extension that is not supported.', ({ unknown }) => unknown === undefined],
]

/** Throws AccessDeniedException unless a chain leads from the leaf to the anchor and no enabled list revokes a link. */
export async function checkTrust(
  leaf: CertificateFacts,
  sent: readonly X509Certificate[],
  anchor: TrustAnchor,
  lists: readonly RevocationList[],
  at: Date,
): Promise<void> {
  const chain = await chainToAnchor(leaf, sent, anchorsIn(anchor.bundle), at)
  if (!chain) throw refused('Untrusted Signing Certificate')
  if (
    await isRevoked(
      chain,
      lists.filter(({ enabled }) => enabled),
    )
  )
    throw refused('Certificate revoked')
}
