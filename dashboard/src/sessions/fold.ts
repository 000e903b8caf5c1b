import type { LedgerEvent, Session } from '../api/types.ts'

/**
 * Which sessions an event makes or changes, as they are then. Rows may come twice, and late: what was loaded may know
 * of them already, so nothing here goes back to a state it has left.
 */
export function foldEvent(event: LedgerEvent, find: (id: string) => Session | undefined): readonly Session[] {
  switch (event.kind) {
    case 'intent':
    case 'found':
      return find(event.session.id) ? [] : [event.session]
    case 'issued': {
      const { sessionId, accessKeyId, userId, issuedAt, expiresAt } = event
      return change(find(sessionId), 'pending', { state: 'issued', accessKeyId, userId, issuedAt, expiresAt })
    }
    case 'failed':
      return change(find(event.sessionId), 'pending', {
        state: 'failed',
        failure: event.because,
        ...(event.expiresAt === undefined ? {} : { expiresAt: event.expiresAt }),
      })
    case 'used': {
      const session = find(event.sessionId)
      if (!session || (session.use && session.use.lastAt > event.use.lastAt)) return []
      return [{ ...session, use: event.use }]
    }
    case 'revoked':
      return event.sessions.flatMap((id) => {
        const session = find(id)
        if (!session || session.state === 'failed' || session.state === 'revoked') return []
        return [{ ...session, state: 'revoked' as const, revokedAt: event.at, revocationId: event.revocationId }]
      })
    default:
      return []
  }
}

const change = (session: Session | undefined, from: Session['state'], to: Partial<Session>): readonly Session[] =>
  session?.state === from ? [{ ...session, ...to }] : []
