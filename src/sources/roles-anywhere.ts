import type { X509Certificate } from 'node:crypto'
import { parseArn } from '../model/arn.ts'
import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { RolesAnywhereSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { openKey } from './certificates/open-key.ts'
import { endedBy } from './issued.ts'
import { proofOf } from './proof.ts'
import { createSession } from './roles-anywhere-call.ts'
import type { Opener } from './source.ts'

/**
 * A role for whoever holds the key of a certificate that IAM Roles Anywhere trusts: CreateSession, signed by that key.
 * The session ends with the certificate at the latest, and a certificate that was renewed on disk gets a new one.
 * Throws a `Failure`: `config-invalid` for a spec AWS would refuse, `credentials-expired` for a certificate that is over.
 */
export const openRolesAnywhere: Opener<RolesAnywhereSpec, Credentials> = (spec, host) => {
  assertOneRegion(spec)
  return cached(spec, host, async () => {
    // Taken before the files are read: a renewal in between is then noticed at the next call.
    const proof = proofOf(spec)
    const { certificate, signer, close } = await openKey(spec, host)
    try {
      assertCurrent(certificate, host.now())
      const issued = await createSession(host, spec, signer)
      return { ...endedBy(issued, certificate.validToDate), ...(proof === undefined ? {} : { proof }) }
    } finally {
      close()
    }
  })
}

function assertOneRegion({ trustAnchorArn, profileArn, roleArn }: RolesAnywhereSpec): void {
  const [anchor, profile, role] = [trustAnchorArn, profileArn, roleArn].map(parseArn)
  const same = anchor?.region === profile?.region && anchor?.account === profile?.account
  if (anchor && same && role?.account === anchor.account) return
  throw new Failure('config-invalid', 'The trust anchor, the profile and the role do not belong together.', {
    hint: 'All three must be of one account, and trust anchor and profile of one region.',
  })
}

function assertCurrent({ validFromDate, validToDate }: X509Certificate, now: Date): void {
  if (validToDate <= now)
    throw new Failure('credentials-expired', `The certificate ended at ${validToDate.toISOString()}.`, {
      hint: 'Renew it; what mayfly_certificate names is read anew at the next call.',
    })
  if (validFromDate > now)
    throw new Failure('config-invalid', `The certificate begins at ${validFromDate.toISOString()} only.`, {
      hint: 'Check the clock of this machine.',
    })
}
