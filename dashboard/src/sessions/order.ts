import { roleText, type SessionRow } from './session-row.ts'

export const columns = ['who', 'role', 'since', 'ends', 'used'] as const

/** What a list is sorted by. */
export interface Order {
  readonly by: (typeof columns)[number]
  readonly down: boolean
}

/** As the list is kept: the newest first. */
export const newestFirst: Order = { by: 'since', down: true }

/** What a click on a column's head asks for: times begin with the nearest, names with A; a second click turns it round. */
export function turned(order: Order, by: Order['by']): Order {
  if (order.by === by) return { by, down: !order.down }
  return { by, down: by === 'since' || by === 'used' }
}

/** The rows in that order; rows of equal rank stay as they are, the newest first. */
export function sortRows(rows: readonly SessionRow[], { by, down }: Order): readonly SessionRow[] {
  if (by === 'since') return down ? rows : [...rows].reverse()
  const rank = ranks[by]
  const sign = down ? -1 : 1
  // Made once a row and not once a comparison: there may be ten thousand.
  return rows
    .map((row) => ({ row, rank: rank(row) }))
    .sort((a, b) => (a.rank < b.rank ? -sign : a.rank > b.rank ? sign : 0))
    .map(({ row }) => row)
}

const ranks: Readonly<Record<Exclude<Order['by'], 'since'>, (row: SessionRow) => string | number>> = {
  who: ({ session }) => (session.principalName || session.sessionName).toLowerCase(),
  role: ({ session }) => roleText(session).toLowerCase(),
  ends: ({ ends }) => ends,
  used: ({ session }) => session.use?.lastAt ?? '',
}
