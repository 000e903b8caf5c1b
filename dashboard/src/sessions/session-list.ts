import type { LedgerRow, Session } from '../api/types.ts'
import { foldEvent } from './fold.ts'
import { isLive, rowOf, type SessionRow } from './session-row.ts'

/** The sessions the page knows, newest first, kept in order at a cost that does not grow with every event. */
export interface SessionList {
  /** The same array as long as nothing changed. */
  readonly rows: () => readonly SessionRow[]
  readonly find: (id: string) => SessionRow | undefined
  /** Adds sessions as they were loaded. They are taken as they are: the broker has read them from its ledger. */
  readonly load: (sessions: readonly Session[]) => void
  /** Follows rows of the stream. Gives how many sessions are new. */
  readonly follow: (rows: readonly LedgerRow[]) => number
  /** Forgets sessions that have not been live since that instant. */
  readonly forget: (before: number) => void
}

export function sessionList(): SessionList {
  const byId = new Map<string, SessionRow>()
  let order: readonly SessionRow[] = []
  let arrivals = 0

  const put = (sessions: Iterable<Session>): number => {
    const added = new Map<string, SessionRow>()
    const changed = new Map<string, SessionRow>()
    for (const session of sessions) {
      const known = byId.get(session.id)
      const row = rowOf(session, known?.arrival ?? ++arrivals)
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
    follow: (rows) => {
      // One session may have several events in a batch: each is folded into what the one before left.
      const touched = new Map<string, Session>()
      const find = (id: string): Session | undefined => touched.get(id) ?? byId.get(id)?.session
      for (const { event } of rows) for (const session of foldEvent(event, find)) touched.set(session.id, session)
      return put(touched.values())
    },
    forget: (before) => {
      const kept = order.filter((row) => isLive(row, before) || row.asked > before)
      if (kept.length === order.length) return
      order = kept
      byId.clear()
      for (const row of kept) byId.set(row.id, row)
    },
  }
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
