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
  /** Of a revoked one: AWS has not been seen to deny it, so it may still be in use. */
  readonly runsOn?: RunsOn
  /** Counts up with every session that is new to this page. */
  readonly arrival: number
}

/** `certainly`: nothing stops it before it expires. `perhaps`: AWS was told, and was not seen to deny it. */
export type RunsOn = 'certainly' | 'perhaps'

/** What to call a session at an instant: its state, or that it is over. */
export type Standing = Session['state'] | 'ended'

export function rowOf(session: Session, arrival: number, runsOn?: RunsOn): SessionRow {
  const { id, principalName, principalId, role, roleArn, accountId, sessionName, accessKeyId, sourceIp, use } = session
  const searched = [id, principalName, principalId, role, roleArn, accountId, sessionName, accessKeyId, sourceIp]
  return {
    id,
    session,
    arrival,
    ...(runsOn === undefined ? {} : { runsOn }),
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

/** Whether it may be in use although it was revoked. */
export const isLoose = ({ session, ends, runsOn }: SessionRow, now: number): boolean =>
  runsOn !== undefined && session.state === 'revoked' && ends > now

/** The role to show: its name in the configuration, or that of its ARN; sessions of users have neither. */
export const roleText = ({ role, roleArn, operation }: Session): string =>
  role || roleArn.split('/').at(-1) || `(${operation})`
