import { isConflict } from '../../ledger/conflict.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import type { Session } from '../../model/session.ts'
import type { BrokerParts } from '../broker.ts'
import { newId } from '../new-id.ts'
import { addUses } from './add-uses.ts'
import { alarmsOf } from './alerts.ts'
import type { Use } from './read-record.ts'

/** What came up of one session. */
export interface Finding {
  readonly session: Session
  readonly uses: Use[]
  readonly isNew: boolean
  readonly parent?: Session
}

/** How many sessions of others came up, and how many alerts were raised. */
export interface Found {
  readonly found: number
  readonly alerts: number
}

/**
 * Tells the ledger what came up; of two brokers that find a session at once one writes it. `since` is when the watch
 * began: what was used before is counted only where it is newer than what the ledger has.
 */
export async function writeFindings(parts: BrokerParts, findings: readonly Finding[], since: number): Promise<Found> {
  const all: Telling[] = []
  for (const finding of findings) all.push(await tellingOf(parts, finding, since))
  return write(parts.ledger, all)
}

/** What the ledger is told of one session. */
interface Telling {
  readonly events: readonly LedgerEvent[]
  readonly isNew: boolean
  readonly alerts: number
}

async function tellingOf(
  { ledger, now, randomBytes, config }: BrokerParts,
  { session, uses, isNew, parent }: Finding,
  since: number,
): Promise<Telling> {
  const at = now().getTime()
  const counted = uses
    .filter((use) => use.at > (session.use?.lastAt ?? 0) || use.at >= since)
    .sort((a, b) => a.at - b.at)
  const ours = Object.values(config().roles).some(({ arn }) => arn === session.roleArn)
  const isStray = isNew && (ours || parent?.state === 'revoked')
  const alarms = alarmsOf({ session, uses: counted, isStray, ...(parent ? { parent } : {}) })
  const raised = new Set<string>()
  if (alarms.length > 0)
    for await (const { event } of ledger.events({ sessionId: session.id, kinds: ['alert'] }))
      if (event.kind === 'alert') raised.add(event.alert)
  const alerts = alarms
    .filter(({ alert }) => !raised.has(alert))
    .map((alarm) => ({
      ...({ kind: 'alert', at, alertId: newId('a', randomBytes), sessionId: session.id } as const),
      ...alarm,
    }))
  const events: LedgerEvent[] = []
  if (isNew) events.push({ kind: 'found', at, session })
  if (counted.length > 0) events.push({ kind: 'used', at, sessionId: session.id, use: addUses(session.use, counted) })
  return { events: [...events, ...alerts], isNew, alerts: alerts.length }
}

/** Writes all of it or, when another broker found one of the sessions meanwhile, what does not repeat that. */
async function write(ledger: Ledger, all: readonly Telling[]): Promise<Found> {
  const sum = (told: readonly Telling[]): Found => ({
    found: told.filter(({ isNew }) => isNew).length,
    alerts: told.reduce((count, { alerts }) => count + alerts, 0),
  })
  const events = all.flatMap((one) => one.events)
  if (events.length === 0) return sum([])
  try {
    await ledger.append(events)
    return sum(all)
  } catch (error) {
    if (!isConflict(error)) throw error
  }
  const told: Telling[] = []
  for (const one of all) {
    if (one.events.length === 0) continue
    try {
      await ledger.append(one.events)
      told.push(one)
    } catch (error) {
      if (!isConflict(error)) throw error
    }
  }
  return sum(told)
}
