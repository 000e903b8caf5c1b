import type { Revocation } from '../../model/revocation.ts'
import type { Session } from '../../model/session.ts'

/** Milliseconds: AWS's clock may be five minutes behind ours, and a revocation's instant a minute ahead. */
export const lately = 6 * 60_000

/**
 * The revocation by which AWS denies a session for its whole life though it was asked for afterwards: AWS counts in whole
 * seconds, by its own clock, and what it issues in the second of a revocation is older to it.
 */
export const stillbornBy = (
  session: Session,
  issuedAt: number,
  revocations: readonly Revocation[],
): Revocation | undefined =>
  revocations.find(({ target, at }) => {
    if (target.kind === 'session') return false
    const isIts =
      target.kind === 'everything' ||
      (target.kind === 'role'
        ? target.role === session.role || target.role === session.roleArn
        : target.principalId === session.principalId)
    return isIts && issuedAt < Math.ceil((target.before ?? at + 1) / 1000) * 1000
  })
