import type { LedgerEvent, LedgerRow, Session } from '../api/types.ts'

export const noon = Date.UTC(2026, 10, 21, 12)
export const at = (seconds: number): string => new Date(noon + seconds * 1000).toISOString()

/** An issued session of an hour. */
export const session = (id: string, change: Partial<Session> = {}): Session => ({
  id,
  origin: 'broker',
  operation: 'AssumeRole',
  state: 'issued',
  principalId: 'corp:ann@example.com',
  principalName: 'ann@example.com',
  principalKind: 'person',
  accountId: '111122223333',
  roleArn: 'arn:aws:iam::111122223333:role/reader',
  role: 'reader',
  grant: 'readers',
  sessionName: `ann-${id}`,
  sourceIdentity: 'ann',
  askedAt: at(0),
  issuedAt: at(1),
  expiresAt: at(3600),
  ...change,
})

export const rows = (...events: readonly LedgerEvent[]): LedgerRow[] =>
  events.map((event, place) => ({ seq: place + 1, event }))
