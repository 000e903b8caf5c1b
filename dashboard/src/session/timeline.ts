import type { ApprovalRequest, LedgerEvent, LedgerRow, Reach, Session } from '../api/types.ts'
import { reachWords } from '../revoke/words.ts'
import { lengthText, msOf } from '../time.ts'

/** One thing that happened to a session, as it is told. */
export interface Entry {
  readonly seq: number
  readonly at: string
  readonly kind: LedgerEvent['kind']
  readonly tone: 'plain' | 'good' | 'warn' | 'bad'
  readonly title: string
  /** Further sentences, each text as somebody gave it. */
  readonly details: readonly string[]
}

/** The story of a session, from its request to its last call, in the order of the ledger. */
export function timelineOf(rows: readonly LedgerRow[], now: number): readonly Entry[] {
  let denied = 0
  return rows.flatMap(({ seq, event }) => {
    const told = tell(event, now, denied)
    if (event.kind === 'used') denied = event.use.denied
    return told ? [{ seq, at: event.at, kind: event.kind, ...told }] : []
  })
}

type Told = Pick<Entry, 'tone' | 'title' | 'details'>

function tell(event: LedgerEvent, now: number, denied: number): Told | undefined {
  switch (event.kind) {
    case 'asked':
      return {
        tone: 'plain',
        title: `${event.request.principalName} asked for approval`,
        details: asked(event.request),
      }
    case 'voted': {
      const { byName, approve, reason } = event.vote
      const became = event.state === 'waiting' ? ['More approvals are needed.'] : []
      return {
        tone: approve ? 'good' : 'bad',
        title: `${byName} ${approve ? 'approved' : 'refused'}`,
        details: [...quote(reason), ...became],
      }
    }
    case 'intent':
      return { tone: 'plain', title: 'Asked AWS for the session', details: intended(event.session) }
    case 'issued': {
      const { accessKeyId, issuedAt, expiresAt, packedPolicySize } = event
      const packed =
        packedPolicySize === undefined ? [] : [`Policy and tags take ${packedPolicySize} % of AWS’s limit.`]
      return {
        tone: 'good',
        title: `Issued for ${lengthText(msOf(expiresAt) - msOf(issuedAt))}`,
        details: [`Access key ${accessKeyId}`, ...packed],
      }
    }
    case 'failed':
      return {
        tone: 'bad',
        title: event.unknown ? 'Whether AWS issued it is not known' : 'AWS did not issue it',
        details: [event.because],
      }
    case 'found':
      return {
        tone: 'warn',
        title: 'Found in CloudTrail: this broker did not issue it',
        details: [
          `By ${event.session.operation}`,
          ...(event.session.sourceIp ? [`From ${event.session.sourceIp}`] : []),
        ],
      }
    case 'used': {
      const { lastFrom, calls } = event.use
      const more = event.use.denied - denied
      return {
        tone: more > 0 ? 'warn' : 'plain',
        title:
          more > 0 ? `Used from ${lastFrom}, ${more} ${more === 1 ? 'call' : 'calls'} denied` : `Used from ${lastFrom}`,
        details: [callsText(calls)].filter(Boolean),
      }
    }
    case 'denied':
      return { tone: 'bad', title: `Refused to ${event.name}`, details: [event.because, `Code ${event.code}`] }
    case 'revoked':
      return {
        tone: 'bad',
        title: `Revoked by ${event.byName}`,
        details: [...quote(event.reason), ...wide(event.target)],
      }
    case 'reached':
      return { tone: toneOf(event.reach), ...reached(event.reach, now) }
    case 'alert':
      return { tone: 'bad', title: 'Alert', details: [event.text] }
    case 'alert-closed':
      return { tone: 'plain', title: `Alert closed by ${event.by}`, details: quote(event.reason) }
    case 'reviewed':
      return { tone: 'good', title: `Reviewed by ${event.by}`, details: quote(event.reason) }
    default:
      return undefined
  }
}

const quote = (text: string | undefined): string[] => (text ? [`“${text}”`] : [])

const asked = ({ role, duration, reason, ticket, needed, breakGlass }: ApprovalRequest): string[] => [
  `${role} for ${lengthText(duration * 1000)}, ${needed} ${needed === 1 ? 'approval' : 'approvals'} needed`,
  ...quote(reason),
  ...(ticket ? [`Ticket ${ticket}`] : []),
  ...(breakGlass ? ['In an emergency: break-glass'] : []),
]

const intended = ({ operation, grant, reason, ticket, sourceIp, policy }: Session): string[] => [
  grant ? `${operation} by the grant ${grant}` : operation,
  ...quote(reason),
  ...(ticket ? [`Ticket ${ticket}`] : []),
  ...(sourceIp ? [`From ${sourceIp}`] : []),
  ...(policy ? ['Narrowed by a session policy'] : []),
]

/** The calls, those that were made most first. */
export function callsText(calls: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(calls).sort(([, a], [, b]) => b - a)
  const shown = sorted.slice(0, 6).map(([call, count]) => (count > 1 ? `${call} ×${count}` : call))
  return sorted.length > 6 ? `${shown.join(', ')} and ${sorted.length - 6} more` : shown.join(', ')
}

const wide = (target: Extract<LedgerEvent, { kind: 'revoked' }>['target']): string[] =>
  target.kind === 'session'
    ? []
    : [target.kind === 'everything' ? 'With all sessions there were' : `With all sessions of this ${target.kind}`]

const toneOf = ({ effect }: Reach): Entry['tone'] =>
  effect === 'runs-until-expiry' ? 'bad' : effect === 'unknown' ? 'warn' : 'good'

function reached(reach: Reach, now: number): Pick<Entry, 'title' | 'details'> {
  const { place, what } = reachWords(reach, { dryRun: false, now })
  return { title: `${place} ${what}`, details: [reach.where, reach.how] }
}
