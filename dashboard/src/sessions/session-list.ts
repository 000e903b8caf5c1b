import type { LedgerRow, Reach, Session } from '../api/types.ts'
import { foldEvent } from './fold.ts'
import { isLive, isLoose, type RunsOn, rowOf, type SessionRow } from './session-row.ts'

/** The sessions the page knows, newest first, kept in order at a cost that does not grow with every event. */
export interface SessionList {
  /** The same array as long as nothing changed. */
  readonly rows: () => readonly SessionRow[]
  readonly find: (id: string) => SessionRow | undefined
  /** Adds sessions as they were loaded. They are taken as they are: the broker has read them from its ledger. */
  readonly load: (sessions: readonly Session[]) => void
  /** Takes note of how far earlier revocations reached. */
  readonly reached: (reach: readonly Reach[]) => void
  /** Follows rows of the stream. Gives how many sessions are new. */
  readonly follow: (rows: readonly LedgerRow[]) => number
  /** Forgets sessions that have not been live since that instant. */
  readonly forget: (before: number) => void
}

export function sessionList(): SessionList {
  const byId = new Map<string, SessionRow>()
  let order: readonly SessionRow[] = []
  let arrivals = 0
  const loose = new Map<string, RunsOn>()

  const put = (sessions: Iterable<Session>): number => {
    const added = new Map<string, SessionRow>()
    const changed = new Map<string, SessionRow>()
    for (const session of sessions) {
      const known = byId.get(session.id)
      const row = rowOf(session, known?.arrival ?? ++arrivals, loose.get(session.id))
      byId.set(row.id, row)
      if (known && !added.has(row.id)) changed.set(row.id, row)
      else added.set(row.id, row)
    }
    if (added.size + changed.size === 0) return 0
    const next = [...order]
    for (const row of changed.values()) {
      const place = placeOf(next, row)
      if (next[place]?.id === row.id) next[place] = row
    }
    order = added.size === 0 ? next : merge(next, [...added.values()].sort(newestFirst))
    return added.size
  }

  return {
    rows: () => order,
    find: (id) => byId.get(id),
    load: (sessions) => {
      put(sessions)
    },
    reached: (reach) => {
      put(reach.flatMap((one) => note(one, loose)).flatMap((id) => byId.get(id)?.session ?? []))
    },
    follow: (rows) => {
      // One session may have several events in a batch: each is folded into what the one before left.
      const touched = new Map<string, Session>()
      const find = (id: string): Session | undefined => touched.get(id) ?? byId.get(id)?.session
      for (const { event } of rows) {
        for (const session of foldEvent(event, find)) touched.set(session.id, session)
        if (event.kind !== 'reached') continue
        for (const id of note(event.reach, loose)) {
          const session = find(id)
          if (session) touched.set(id, session)
        }
      }
      return put(touched.values())
    },
    forget: (before) => {
      const kept = order.filter((row) => isLive(row, before) || isLoose(row, before) || row.asked > before)
      if (kept.length === order.length) return
      order = kept
      byId.clear()
      for (const row of kept) byId.set(row.id, row)
    },
  }
}

/** Keeps what a revocation left running, by session; gives the sessions it is about. Later reach replaces earlier. */
function note({ place, effect, sessions }: Reach, loose: Map<string, RunsOn>): readonly string[] {
  if (place !== 'aws') return []
  for (const id of sessions)
    if (effect === 'runs-until-expiry') loose.set(id, 'certainly')
    else if (effect === 'unknown') loose.set(id, 'perhaps')
    else loose.delete(id)
  return sessions
}

const newestFirst = (a: SessionRow, b: SessionRow): number => b.asked - a.asked || (a.id < b.id ? -1 : 1)

/** Where a row stands, or would. */
function placeOf(rows: readonly SessionRow[], row: SessionRow): number {
  let low = 0
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >> 1
    const there = rows[middle]
    if (there && there.id !== row.id && newestFirst(there, row) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function merge(rows: readonly SessionRow[], added: readonly SessionRow[]): SessionRow[] {
  const merged: SessionRow[] = []
  let next = 0
  for (const row of added) {
    for (let there = rows[next]; there && newestFirst(there, row) < 0; there = rows[next]) {
      merged.push(there)
      next++
    }
    merged.push(row)
  }
  for (; next < rows.length; next++) {
    const there = rows[next]
    if (there) merged.push(there)
  }
  return merged
}
