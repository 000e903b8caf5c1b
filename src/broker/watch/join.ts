import type { Session } from '../../model/session.ts'
import type { Use } from './read-record.ts'

/** Milliseconds that two instants of one issue may be apart: AWS counts in whole seconds. */
const slack = 1000

/**
 * The session that was used: by its key id; else by its user id and when it began; else, for calls that AWS services
 * make in its name under keys of their own and for records without a key id, by whose it is and its role.
 */
export function join(use: Use, sessions: readonly Session[]): Session | undefined {
  const { accessKeyId, userId, sourceIdentity, roleArn, sessionName } = use
  const loosely = accessKeyId === '' || use.byService
  return (
    sessions.find((session) => accessKeyId !== '' && session.accessKeyId === accessKeyId) ??
    nearest(
      use,
      sessions.filter((session) => userId !== '' && session.userId === userId && beganWith(session, use)),
    ) ??
    // The outcome is not in the ledger yet, or never came there: its name is of this one session only.
    sessions.find(
      (session) =>
        session.accessKeyId === undefined &&
        session.roleArn === roleArn &&
        session.sessionName === sessionName &&
        session.sessionName !== '',
    ) ??
    (loosely ? sessions.find((session) => session.userId === userId && spans(session, use)) : undefined) ??
    (loosely && sourceIdentity !== ''
      ? sessions.find(
          (session) => session.sourceIdentity === sourceIdentity && session.roleArn === roleArn && spans(session, use),
        )
      : undefined)
  )
}

const beganWith = ({ askedAt, issuedAt = askedAt }: Session, { startedAt }: Use): boolean =>
  startedAt !== undefined && startedAt >= askedAt - slack && startedAt <= issuedAt + slack

const spans = ({ askedAt, expiresAt = Number.POSITIVE_INFINITY }: Session, { at }: Use): boolean =>
  at >= askedAt - slack && at < expiresAt

const nearest = ({ startedAt = 0 }: Use, sessions: readonly Session[]): Session | undefined =>
  [...sessions].sort(
    (a, b) => Math.abs((a.issuedAt ?? a.askedAt) - startedAt) - Math.abs((b.issuedAt ?? b.askedAt) - startedAt),
  )[0]
