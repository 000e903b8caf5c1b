import type { Session } from '../api/types.ts'
import { msOf } from '../time.ts'

/** A session as the list keeps it: what is sorted and searched by is made once. */
export interface SessionRow {
  readonly id: string
  readonly session: Session
  readonly asked: number
  /** Infinity while it is not known. */
  readonly ends: number
  /** Everything that is searched, in lower case. */
  readonly words: string
  /** Counts up with every session that is new to this page. */
  readonly arrival: number
}

/** What to call a session at an instant: its state, or that it is over. */
export type Standing = Session['state'] | 'ended'

export function rowOf(session: Session, arrival: number): SessionRow {
  const { id, principalName, principalId, role, roleArn, accountId, sessionName, accessKeyId, sourceIp, use } = session
  const searched = [id, principalName, principalId, role, roleArn, accountId, sessionName, accessKeyId, sourceIp]
  return {
    id,
    session,
    arrival,
    asked: msOf(session.askedAt),
    ends: session.expiresAt === undefined ? Number.POSITIVE_INFINITY : msOf(session.expiresAt),
    words: [...searched, use?.lastFrom].join('\n').toLowerCase(),
  }
}

export function standingOf({ session, ends }: Pick<SessionRow, 'session' | 'ends'>, now: number): Standing {
  if (session.state === 'issued' || session.state === 'pending') return ends > now ? session.state : 'ended'
  return session.state
}

/** Whether it can still be used at AWS, as far as is known. */
export const isLive = (row: SessionRow, now: number): boolean => {
  const standing = standingOf(row, now)
  return standing === 'issued' || standing === 'pending'
}

/** The role to show: its name in the configuration, or that of its ARN; sessions of users have neither. */
export const roleText = ({ role, roleArn, operation }: Session): string =>
  role || roleArn.split('/').at(-1) || `(${operation})`
