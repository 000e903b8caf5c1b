import { Failure } from '../../model/failure.ts'
import type { LedgerEvent } from '../../model/ledger-event.ts'
import type { Session } from '../../model/session.ts'
import { administers } from '../aws/administer.ts'
import type { BrokerParts } from '../broker.ts'
import { newId } from '../new-id.ts'
import { addUses } from './add-uses.ts'
import { alarmsOf } from './alerts.ts'
import { deliverySource } from './delivery-source.ts'
import { foundByUse } from './found-session.ts'
import { lookupSource } from './lookup-source.ts'
import { isCanaryCall, ownIdentity } from './own-calls.ts'
import { readRecord, type TrailRecord, type Use } from './read-record.ts'
import { remembered } from './remembered.ts'
import { sessionOf } from './session-of.ts'
import { type Strays, straysIn } from './strays.ts'
import type { ReadTrail } from './trail-source.ts'
import { openTurns } from './turns.ts'

/** Reads CloudTrail and tells the ledger what it says of sessions. */
export interface Watch {
  readonly start: () => void
  /** For good: resolves when nothing is read any more. */
  readonly stop: () => Promise<void>
  /** Reads what is new, once: how many events told of sessions, how many sessions of others came up, how many alerts. */
  readonly once: () => Promise<Watched>
}

export interface Watched {
  readonly events: number
  readonly found: number
  readonly alerts: number
}

const mostEvents = 200_000
const mostIgnored = 20_000

/** `read` takes the place of what the configuration says to read. */
export function openWatch(parts: BrokerParts & { readonly read?: ReadTrail }): Watch {
  const { now, config, log } = parts
  const keyOf = administers(parts)
  const readers = parts.read ? [parts.read] : [lookupSource(parts, keyOf), deliverySource(parts)]
  const seen = remembered(mostEvents)
  const looking: Looking = {
    parts,
    ownOf: ownIdentity(parts),
    ignored: remembered(mostIgnored),
    since: now().getTime(),
  }
  const ending = new AbortController()
  const once = async (): Promise<Watched> => {
    let watched: Watched = { events: 0, found: 0, alerts: 0 }
    for (const read of readers)
      for await (const { records, settle } of read(ending.signal)) {
        const fresh = new Map<string, TrailRecord>()
        for (const given of records) {
          const record = readRecord(given)
          if (record && !seen.has(record.eventId)) fresh.set(record.eventId, record)
        }
        const { found, alerts } = await take(looking, [...fresh.values()])
        for (const id of fresh.keys()) seen.add(id)
        settle()
        watched = {
          events: watched.events + fresh.size,
          found: watched.found + found,
          alerts: watched.alerts + alerts,
        }
      }
    return watched
  }
  const turns = openTurns(parts)
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const turn = async (): Promise<void> => {
    try {
      if (await turns.mine()) await once()
    } catch (error) {
      log('error', 'watching CloudTrail failed', { error: error instanceof Error ? error.message : String(error) })
    }
  }
  const next = (milliseconds: number): void => {
    timer = setTimeout(() => {
      running = turn().then(() => timer && next(config().watch.everySeconds * 1000))
    }, milliseconds).unref()
  }
  return {
    once,
    start: () => void (timer ?? next(0)),
    stop: async () => {
      clearTimeout(timer)
      timer = undefined
      ending.abort()
      await running
    },
  }
}

interface Looking {
  readonly parts: BrokerParts
  readonly ownOf: ReturnType<typeof ownIdentity>
  /** Key ids of sessions that are the broker's own, or that AWS services took for themselves. */
  readonly ignored: ReturnType<typeof remembered>
  /** When this watch began: what was used before may have been counted by one before it. */
  readonly since: number
}

async function take(
  { parts, ownOf, ignored, since }: Looking,
  records: readonly TrailRecord[],
): Promise<Pick<Watched, 'found' | 'alerts'>> {
  if (records.length === 0) return { found: 0, alerts: 0 }
  const own = await ownOf()
  const issues = records.flatMap(({ issued }) => issued ?? []).sort((a, b) => a.issuedAt - b.issuedAt)
  const strays = await straysIn(issues, parts, { own, ignored })
  const uses = records.flatMap(({ used }) => used ?? []).filter((use) => !ignored.has(use.accessKeyId))
  const inHand = new Map<string, InHand>()
  for (const [id, { session, parent }] of strays)
    inHand.set(id, { session, uses: [], isNew: true, ...(parent ? { parent } : {}) })
  for (const group of bySession(uses)) {
    const [first] = group
    if (!first || first.userId === own.userId || first.accessKeyId === own.accessKeyId) continue
    const known = await sessionOf(first, parts.ledger, newOnes(strays))
    if (await isCanary(group, known, parts)) continue
    // A service calls under keys of its own: that is no session by itself.
    if (!known && (first.byService || isOver(foundByUse(first, parts.config()), parts))) continue
    const session = known ?? foundByUse(first, parts.config())
    const hand = inHand.get(session.id) ?? { session, uses: [], isNew: !known }
    inHand.set(session.id, hand)
    hand.uses.push(...group)
  }
  let found = 0
  let alerts = 0
  for (const hand of inHand.values()) {
    const told = await tell(parts, hand, since)
    found += told.found
    alerts += told.alerts
  }
  return { found, alerts }
}

interface InHand {
  readonly session: Session
  readonly uses: Use[]
  readonly isNew: boolean
  readonly parent?: Session
}

/** Whether all of these calls are a canary's, though its issue may not have been told yet. */
async function isCanary(uses: readonly Use[], known: Session | undefined, { ledger }: BrokerParts): Promise<boolean> {
  const [first] = uses
  if (!first || first.userId === '') return false
  const { userId, accountId } = first
  const like = known ? [known] : (await ledger.sessions({ userId, accountId, state: 'revoked', limit: 1 })).items
  return like.some((session) => uses.every((use) => isCanaryCall(use, session)))
}

const isOver = ({ expiresAt = 0 }: Session, { now }: BrokerParts): boolean => expiresAt <= now().getTime()

const newOnes = (strays: Strays): readonly Session[] => [...strays.values()].map(({ session }) => session)

const bySession = (uses: readonly Use[]): Iterable<readonly Use[]> =>
  Map.groupBy(uses, ({ accessKeyId, userId, startedAt }) => accessKeyId || `${userId} ${startedAt}`).values()

/** Writes what came up of one session; of two brokers that find it at once one writes it. */
async function tell(
  { ledger, now, randomBytes, config }: BrokerParts,
  { session, uses, isNew, parent }: InHand,
  since: number,
): Promise<Pick<Watched, 'found' | 'alerts'>> {
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
    .map(
      (alarm): LedgerEvent => ({
        kind: 'alert',
        at,
        alertId: newId('a', randomBytes),
        sessionId: session.id,
        ...alarm,
      }),
    )
  const events: LedgerEvent[] = [
    ...(isNew ? [{ kind: 'found', at, session } as const] : []),
    ...(counted.length > 0
      ? [{ kind: 'used', at, sessionId: session.id, use: addUses(session.use, counted) } as const]
      : []),
    ...alerts,
  ]
  if (events.length === 0) return { found: 0, alerts: 0 }
  try {
    await ledger.append(events)
  } catch (error) {
    if (isNew && error instanceof Failure && error.code === 'ledger-conflict') return { found: 0, alerts: 0 }
    throw error
  }
  return { found: isNew ? 1 : 0, alerts: alerts.length }
}
