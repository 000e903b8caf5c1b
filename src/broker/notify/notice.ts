import type { Ledger } from '../../ledger/ledger.ts'
import type { LedgerEvent, LedgerRow } from '../../model/ledger-event.ts'
import type { RevocationTarget } from '../../model/revocation.ts'
import type { Notify } from '../config/broker-config.ts'

export type NoticeKind = Notify['events'][number]

/** What somebody is told of a row of the ledger. */
export interface Notice {
  /** The same at every attempt, and of no other row. */
  readonly id: string
  readonly kind: NoticeKind
  readonly at: Date
  /** One sentence. */
  readonly text: string
  /** The row's event, and what it is about. */
  readonly data: Readonly<Record<string, unknown>>
}

/** Of which kind a row's notice is; undefined: nobody is told of it. */
export function noticeKindOf(event: LedgerEvent): NoticeKind | undefined {
  switch (event.kind) {
    case 'asked':
    case 'voted':
    case 'issued':
    case 'denied':
    case 'revoked':
      return event.kind
    case 'alert':
      return event.alert === 'break-glass' ? 'break-glass' : 'alert'
    default:
      return undefined
  }
}

/** The notice of a row; the ledger is asked for what the row is about. */
export async function noticeOf(
  { seq, hash, event }: LedgerRow,
  ledger: Pick<Ledger, 'session' | 'request'>,
): Promise<Notice | undefined> {
  const kind = noticeKindOf(event)
  if (!kind) return undefined
  const { text, about = {} } = await told(event, ledger)
  return {
    id: `msg_${seq}_${hash.slice(0, 16)}`,
    kind,
    at: new Date(event.at),
    text,
    data: { seq, ...event, ...about },
  }
}

interface Told {
  readonly text: string
  readonly about?: Readonly<Record<string, unknown>>
}

async function told(event: LedgerEvent, ledger: Pick<Ledger, 'session' | 'request'>): Promise<Told> {
  switch (event.kind) {
    case 'asked': {
      const { principalName, role, duration, reason, ticket, needed, id } = event.request
      const why = [reason, ticket].filter((part) => part).join(', ')
      return {
        text: `${principalName} asks for ${role} for ${Math.round(duration / 60)} min${why ? `: ${why}` : ''}. Approvals needed: ${needed}. Request ${id}.`,
      }
    }
    case 'voted': {
      const request = await ledger.request(event.requestId)
      const { byName, approve, reason } = event.vote
      const what = request ? `${request.principalName}'s request for ${request.role}` : `the request ${event.requestId}`
      const about = request ? { principalName: request.principalName, role: request.role } : {}
      return { text: `${byName} ${approve ? 'approves' : 'refuses'} ${what}${reason ? `: ${reason}` : ''}.`, about }
    }
    case 'issued': {
      const session = await ledger.session(event.sessionId)
      const until = new Date(event.expiresAt).toISOString()
      if (!session) return { text: `The session ${event.sessionId} was issued until ${until}.` }
      const { principalId, principalName, role, roleArn, grant, reason, ticket } = session
      return {
        text: `${principalName} has ${role} until ${until}${reason ? `: ${reason}` : ''}.`,
        about: { principalId, principalName, role, roleArn, grant, reason, ticket },
      }
    }
    case 'denied':
      return { text: `${event.name} was refused ${event.role}: ${event.because}` }
    case 'revoked':
      return {
        text: `${event.byName} revoked ${nameOf(event.target)} (sessions: ${event.sessions.length}): ${event.reason}`,
      }
    case 'alert':
      return { text: event.text }
    default:
      return { text: event.kind }
  }
}

function nameOf(target: RevocationTarget): string {
  switch (target.kind) {
    case 'session':
      return `the session ${target.sessionId}`
    case 'principal':
      return target.principalId
    case 'role':
      return `the role ${target.role}`
    case 'everything':
      return 'everything'
  }
}
