import { type Kysely, sql } from 'kysely'
import { genesis, type Head } from './chain.ts'
import type { Marks } from './state.ts'

/** The tables. Instants are milliseconds since 1970; `body` is the whole as canonical JSON. */
export interface Schema {
  event: EventTable
  /** Which events a session, request or revocation is told of in. */
  mention: { readonly thing: string; readonly seq: number }
  session: SessionTable
  request: {
    readonly id: string
    readonly state: string
    readonly principal_id: string
    readonly asked_at: number
    readonly body: string
  }
  revocation: { readonly id: string; readonly at: number; readonly body: string }
  /** Proofs from before `before` are refused. */
  barrier: { readonly principal_id: string; readonly before: number }
  spent: { readonly proof: string; readonly until: number }
  /** What brokers leave for each other for a while: unfinished logins. */
  left_text: { readonly name: string; readonly text: string; readonly until: number }
}

interface EventTable {
  readonly seq: number
  readonly kind: string
  readonly body: string
  readonly hash: string
}

export interface SessionTable {
  readonly id: string
  readonly state: string
  readonly origin: string
  readonly principal_id: string
  readonly account_id: string
  readonly role: string
  readonly role_arn: string
  readonly source_identity: string
  readonly access_key_id: string | null
  readonly user_id: string | null
  readonly asked_at: number
  /** When it is over; 0 of those that failed or were revoked. */
  readonly ends_at: number
  /** What is searched in: lower case. */
  readonly words: string
  readonly body: string
}

const statements = (seq: string, clustered: string): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS event (seq ${seq} PRIMARY KEY, kind TEXT NOT NULL, body TEXT NOT NULL, hash TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS event_kind ON event (kind, seq)`,
  `CREATE TABLE IF NOT EXISTS mention (thing TEXT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (thing, seq)) ${clustered}`,
  `CREATE TABLE IF NOT EXISTS session (id TEXT PRIMARY KEY, state TEXT NOT NULL, origin TEXT NOT NULL,
    principal_id TEXT NOT NULL, account_id TEXT NOT NULL, role TEXT NOT NULL, role_arn TEXT NOT NULL,
    source_identity TEXT NOT NULL, access_key_id TEXT, user_id TEXT, asked_at BIGINT NOT NULL, ends_at BIGINT NOT NULL,
    words TEXT NOT NULL, body TEXT NOT NULL)`,
  ...['asked_at, id', 'ends_at', 'principal_id, asked_at', 'source_identity, asked_at', 'role, asked_at']
    .concat(['role_arn, asked_at', 'account_id, asked_at', 'access_key_id', 'user_id'])
    .map((columns) => `CREATE INDEX IF NOT EXISTS session_${columns.replace(/\W+/g, '_')} ON session (${columns})`),
  `CREATE TABLE IF NOT EXISTS request (id TEXT PRIMARY KEY, state TEXT NOT NULL, principal_id TEXT NOT NULL,
    asked_at BIGINT NOT NULL, body TEXT NOT NULL)`,
  ...['state, asked_at', 'principal_id, asked_at', 'asked_at, id'].map(
    (columns) => `CREATE INDEX IF NOT EXISTS request_${columns.replace(/\W+/g, '_')} ON request (${columns})`,
  ),
  `CREATE TABLE IF NOT EXISTS revocation (id TEXT PRIMARY KEY, at BIGINT NOT NULL, body TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS revocation_at ON revocation (at)`,
  `CREATE TABLE IF NOT EXISTS barrier (principal_id TEXT PRIMARY KEY, before BIGINT NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS spent (proof TEXT PRIMARY KEY, until BIGINT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS spent_until ON spent (until)`,
  `CREATE TABLE IF NOT EXISTS left_text (name TEXT PRIMARY KEY, text TEXT NOT NULL, until BIGINT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS left_text_until ON left_text (until)`,
]

/** Makes what is missing of the tables. */
export async function migrate(db: Kysely<Schema>, marks: Marks): Promise<void> {
  // Where SQLite can find rows without an index beside the table.
  const fitting = marks === 'plain' ? statements('INTEGER', 'WITHOUT ROWID') : statements('BIGINT', '')
  for (const statement of fitting) await sql.raw(statement).execute(db)
}

/** Where the chain that lies in these tables ends. */
export async function headOf(db: Kysely<Schema>): Promise<Head> {
  const last = await db.selectFrom('event').select(['seq', 'hash']).orderBy('seq', 'desc').limit(1).executeTakeFirst()
  // SQLite's rows have no prototype.
  return last ? { ...last } : { seq: 0, hash: genesis }
}
