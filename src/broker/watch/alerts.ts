import type { AlertKind } from '../../model/ledger-event.ts'
import type { Session } from '../../model/session.ts'
import { networkOf } from './network-of.ts'
import type { Use } from './read-record.ts'

/** What operators should look at. */
export interface Alarm {
  readonly alert: AlertKind
  readonly text: string
}

/** What is known of a session whose uses are looked at. */
export interface Seen {
  /** As it was before these uses. */
  readonly session: Session
  readonly uses: readonly Use[]
  /** Whether it became known just now, on a role that only the broker should issue sessions of. */
  readonly isStray: boolean
  /** The session it was taken with. */
  readonly parent?: Session
}

/** Milliseconds within which nobody is in two networks. */
const minutes = 10 * 60_000

/** Calls that AWS answers whatever a policy says. */
const alwaysAnswered = ['sts:GetCallerIdentity']

/** The alarms that uses of one session give rise to: one of each kind at most. */
export function alarmsOf({ session, uses, isStray, parent }: Seen): readonly Alarm[] {
  const alarms: Alarm[] = []
  const { roleArn, sessionName, expiresAt, revokedAt, state } = session
  const strayed = state === 'failed' && uses.length > 0
  if (isStray || strayed) {
    const from = uses.at(-1)?.from ?? session.sourceIp
    const taken = parent
      ? `, taken with the ${parent.state === 'revoked' ? 'revoked ' : ''}session ${parent.id} of ${parent.principalName},`
      : ''
    const why = strayed ? 'is in use, though the ledger says it was never handed out' : 'was not issued by this broker'
    alarms.push({
      alert: 'unknown-session',
      text: `The session ${sessionName || session.accessKeyId} on ${roleArn}${taken} ${why}${from ? `; seen from ${from}` : ''}.`,
    })
  }
  const two = twoNetworks(session, uses)
  if (two) alarms.push({ alert: 'two-networks', text: two })
  const late =
    state === 'revoked' && revokedAt !== undefined
      ? uses.find((use) => use.at > revokedAt && use.outcome === 'done' && !alwaysAnswered.includes(use.call))
      : undefined
  if (late)
    alarms.push({
      alert: 'used-after-revocation',
      text:
        `${late.call} was done at ${new Date(late.at).toISOString()} from ${late.from} with a session that had been ` +
        `revoked${expiresAt === undefined ? '' : `; where no policy denies it, it runs until ${new Date(expiresAt).toISOString()}`}.`,
    })
  return alarms
}

function twoNetworks({ use }: Session, uses: readonly Use[]): string | undefined {
  const seen = [...(use ? [{ at: use.lastAt, from: use.lastFrom }] : []), ...uses].sort((a, b) => a.at - b.at)
  const last = new Map<string, { readonly at: number; readonly name: string }>()
  for (const { at, from } of seen) {
    const network = networkOf(from)
    if (!network) continue
    const before = last.get(network.kind)
    if (before && before.name !== network.name && at - before.at <= minutes)
      return `One session was used from ${before.name} and from ${network.name} within ${Math.ceil((at - before.at) / 60_000) || 1} min.`
    last.set(network.kind, { at, name: network.name })
  }
  return undefined
}
