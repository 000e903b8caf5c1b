import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { Failure } from '../model/failure.ts'
import type { Kept } from './kept-rows.ts'
import type { Ledger } from './ledger.ts'
import { keptRows } from './queries.ts'
import { headOf, migrate, type Schema } from './schema.ts'
import { sqlLedger } from './sql-ledger.ts'
import { sqlWriter } from './writer.ts'

/** `MAYF` and a version: the advisory locks of this ledger in its database. */
const rowsLock = 0x4d41_5946
const tablesLock = rowsLock + 1
const channel = 'mayfly_ledger'
const eight = 20

/** A ledger in PostgreSQL (12 or newer), which several brokers may share. `url` is a `postgres://` one. */
export async function openPostgresLedger(url: string, log: (line: string) => void = () => undefined): Promise<Ledger> {
  const pool = openPool(url, log)
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  try {
    await db.transaction().execute(async (transaction) => {
      await sql`SELECT pg_advisory_xact_lock(${sql.lit(tablesLock)})`.execute(transaction)
      await migrate(transaction, 'numbered')
    })
    const writer = sqlWriter({
      db,
      marks: 'numbered',
      lock: async (transaction) => {
        await sql`SELECT pg_advisory_xact_lock(${sql.lit(rowsLock)})`.execute(transaction)
      },
      announce: async (transaction, seq) => {
        await sql`SELECT pg_notify(${channel}, ${String(seq)})`.execute(transaction)
      },
    })
    const start = (await headOf(db)).seq
    return sqlLedger({ db, marks: 'numbered', writer, start, onAnnounced: (listener) => listen(url, listener, log) })
  } catch (error) {
    await db.destroy().catch(() => undefined)
    throw new Failure('ledger-down', 'The database of the ledger cannot be reached or used.', {
      hint: 'Check the postgres:// URL, the server, and that its user may create tables.',
      cause: error,
    })
  }
}

/** The rows of such a ledger, for looking at. */
export async function openPostgresRows(url: string): Promise<Kept> {
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: openPool(url, () => undefined) }) })
  try {
    await headOf(db)
  } catch (error) {
    await db.destroy().catch(() => undefined)
    throw new Failure('ledger-down', 'The database of the ledger cannot be reached, or holds no ledger.', {
      cause: error,
    })
  }
  return { rows: keptRows(db), close: () => db.destroy() }
}

function openPool(url: string, log: (line: string) => void): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 10,
    connectionTimeoutMillis: 5000,
    // Beyond this a database that hangs is one that is down.
    statement_timeout: 10_000,
    query_timeout: 15_000,
    idle_in_transaction_session_timeout: 10_000,
    types: { getTypeParser: (oid, format) => (oid === eight ? Number : pg.types.getTypeParser(oid, format)) },
  })
  // A lost connection of the pool is made anew at the next query.
  pool.on('error', (error) => log(`a connection to the ledger's database was lost: ${error.message}`))
  // One that is lost at work fails what it works at; the pool hears only of those that idle, and what nobody hears of ends
  // the process.
  pool.on('connect', (client) => client.on('error', () => undefined))
  return pool
}

const firstWait = 100
const longestWait = 5000

/** Listens on a connection of its own, and takes up again when it was lost; what was missed is found by looking. */
function listen(url: string, listener: () => void, log: (line: string) => void): () => Promise<void> {
  let client: pg.Client | undefined
  let timer: NodeJS.Timeout | undefined
  let wait = firstWait
  let ended = false

  async function connect(): Promise<void> {
    if (ended) return
    const fresh = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000, keepAlive: true })
    client = fresh
    fresh.on('notification', listener)
    fresh.on('error', (error) => again(fresh, error))
    fresh.on('end', () => again(fresh, new Error('the connection ended')))
    try {
      await fresh.connect()
      await fresh.query(`LISTEN ${channel}`)
      wait = firstWait
      listener()
    } catch (error) {
      again(fresh, error)
    }
  }
  function again(lost: pg.Client, error: unknown): void {
    if (ended || client !== lost) return
    client = undefined
    lost.end().catch(() => undefined)
    log(`listening to the ledger's database: ${error instanceof Error ? error.message : String(error)}`)
    timer = setTimeout(() => void connect(), wait)
    wait = Math.min(wait * 2, longestWait)
  }
  void connect()
  return async () => {
    ended = true
    clearTimeout(timer)
    await client?.end().catch(() => undefined)
  }
}
