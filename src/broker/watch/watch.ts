import type { Session } from '../../model/session.ts'
import { administers } from '../aws/administer.ts'
import type { BrokerParts } from '../broker.ts'
import { deliverySource } from './delivery-source.ts'
import { foundByUse } from './found-session.ts'
import { lookupSource, type OnRead } from './lookup-source.ts'
import { isCanaryCall, ownIdentity } from './own-calls.ts'
import { readRecord, type TrailRecord, type Use } from './read-record.ts'
import { remembered } from './remembered.ts'
import { sessionOf } from './session-of.ts'
import { type Strays, straysIn } from './strays.ts'
import type { ReadTrail } from './trail-source.ts'
import { openTurns } from './turns.ts'
import { type Finding, type Found, writeFindings } from './write-findings.ts'

/** Reads CloudTrail and tells the ledger what it says of sessions. */
export interface Watch {
  readonly start: () => void
  /** For good: resolves when nothing is read any more. */
  readonly stop: () => Promise<void>
  /** Reads what is new, once: how many events told of sessions, how many sessions of others came up, how many alerts. */
  readonly once: () => Promise<Watched>
}

export interface Watched extends Found {
  readonly events: number
}

const mostEvents = 200_000
const mostIgnored = 20_000

export interface WatchParts extends BrokerParts {
  /** Takes the place of what the configuration says to read. */
  readonly read?: ReadTrail
  /** Told whenever sessions of others came up. */
  readonly onFound?: () => void
  readonly onRead?: OnRead
}

export function openWatch(parts: WatchParts): Watch {
  const { now, config, log } = parts
  const keyOf = administers(parts)
  const readers = parts.read ? [parts.read] : [lookupSource(parts, keyOf), deliverySource(parts)]
  const seen = remembered(mostEvents)
  const looking = { parts, ownOf: ownIdentity(parts), ignored: remembered(mostIgnored) }
  let since = now().getTime()
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
        const { found, alerts } = await take({ ...looking, since }, [...fresh.values()])
        for (const id of fresh.keys()) seen.add(id)
        settle()
        if (found > 0) parts.onFound?.()
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
  let mine = true
  const turn = async (): Promise<void> => {
    try {
      const wasMine = mine
      mine = await turns.mine()
      // Up to now another broker has counted.
      if (mine && !wasMine) since = now().getTime()
      if (mine) await once()
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
  /** When this watch began, or took over: what was used before may have been counted by one before it. */
  readonly since: number
}

async function take({ parts, ownOf, ignored, since }: Looking, records: readonly TrailRecord[]): Promise<Found> {
  if (records.length === 0) return { found: 0, alerts: 0 }
  const own = await ownOf()
  const issues = records.flatMap(({ issued }) => issued ?? []).sort((a, b) => a.issuedAt - b.issuedAt)
  const strays = await straysIn(issues, parts, { own, ignored })
  const uses = records.flatMap(({ used }) => used ?? []).filter((use) => !ignored.has(use.accessKeyId))
  const inHand = new Map<string, Finding>()
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
  return writeFindings(parts, [...inHand.values()], since)
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
