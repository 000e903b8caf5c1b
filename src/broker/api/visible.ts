import type { LedgerEvent } from '../../model/ledger-event.ts'
import type { Principal } from '../../model/principal.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { isOneOf } from '../decide/who.ts'
import { mayViewAll } from './access.ts'

/**
 * What a listener may see of each event; undefined: nothing. It keeps which sessions and requests they were shown, so
 * that what follows on them is theirs, too. Of what ends many sessions they see their own.
 */
export function visibility(
  principal: Principal,
  config: () => BrokerConfig,
  known: Iterable<string> = [],
): (event: LedgerEvent) => LedgerEvent | undefined {
  const theirs = new Set<string>(known)
  const own = (sessions: readonly string[]): readonly string[] => sessions.filter((id) => theirs.has(id))
  return (event) => {
    if (mayViewAll(principal, config())) return event
    if (!concerns(event)) return undefined
    if (event.kind === 'revoked') return { ...event, sessions: own(event.sessions) }
    if (event.kind === 'reached') return { ...event, reach: { ...event.reach, sessions: own(event.reach.sessions) } }
    return event
  }

  function concerns(event: LedgerEvent): boolean {
    switch (event.kind) {
      case 'intent':
      case 'found':
        if (event.session.principalId !== principal.id) return false
        theirs.add(event.session.id)
        return true
      case 'asked': {
        const grant = config().grants.find(({ name }) => name === event.request.grant)
        const decides = grant?.approvals !== undefined && isOneOf(grant.approvals.by, principal)
        if (event.request.principalId !== principal.id && !decides) return false
        theirs.add(event.request.id)
        return true
      }
      case 'revoked':
        return (
          event.sessions.some((id) => theirs.has(id)) ||
          ('principalId' in event.target && event.target.principalId === principal.id)
        )
      case 'reached':
        return event.reach.sessions.some((id) => theirs.has(id))
      case 'login':
      case 'denied':
        return event.principalId === principal.id
      case 'voted':
        return theirs.has(event.requestId)
      case 'issued':
      case 'failed':
      case 'used':
      case 'reviewed':
        return theirs.has(event.sessionId)
      case 'alert':
        return event.sessionId !== undefined && theirs.has(event.sessionId)
      default:
        return false
    }
  }
}
