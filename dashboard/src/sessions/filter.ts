import { isLoose, roleText, type SessionRow, type Standing, standingOf } from './session-row.ts'

/** What is looked for; empty: anything. */
export interface SessionFilter {
  readonly text: string
  readonly person: string
  readonly role: string
  readonly account: string
  readonly origin: string
  /** `live`: what can still be used, revoked or not, and for a minute what no longer can. */
  readonly state: Standing | 'live' | 'all'
}

export const everythingLive: SessionFilter = { text: '', person: '', role: '', account: '', origin: '', state: 'live' }

/** How long a session that has just ended stays in sight among the live ones, so that one sees it end: milliseconds. */
const lingers = 60_000

/** The rows that a filter leaves, in their order. All words of the text must be found, in any order and case. */
export function filterRows(rows: readonly SessionRow[], filter: SessionFilter, now: number): SessionRow[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const { session } = row
    return (
      (filter.person === '' || session.principalName === filter.person) &&
      (filter.role === '' || roleText(session) === filter.role) &&
      (filter.account === '' || session.accountId === filter.account) &&
      (filter.origin === '' || session.origin === filter.origin) &&
      inState(row, filter.state, now) &&
      words.every((word) => row.words.includes(word))
    )
  })
}

function inState(row: SessionRow, wanted: SessionFilter['state'], now: number): boolean {
  if (wanted === 'all') return true
  const standing = standingOf(row, now)
  if (wanted !== 'live') return standing === wanted
  if (standing === 'issued' || standing === 'pending' || isLoose(row, now)) return true
  const over =
    standing === 'ended'
      ? row.ends
      : standing === 'revoked' && row.session.revokedAt
        ? Date.parse(row.session.revokedAt)
        : row.asked
  return now - over < lingers
}

/** What there is to choose from, each once and in order. */
export interface Choices {
  readonly people: readonly string[]
  readonly roles: readonly string[]
  readonly accounts: readonly string[]
}

export function choicesOf(rows: readonly SessionRow[]): Choices {
  const people = new Set<string>()
  const roles = new Set<string>()
  const accounts = new Set<string>()
  for (const { session } of rows) {
    people.add(session.principalName)
    roles.add(roleText(session))
    accounts.add(session.accountId)
  }
  const inOrder = (values: ReadonlySet<string>): string[] => [...values].filter(Boolean).sort()
  return { people: inOrder(people), roles: inOrder(roles), accounts: inOrder(accounts) }
}
