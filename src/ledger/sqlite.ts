import type { Kysely } from 'kysely'
import type { Ledger } from './ledger.ts'
import { headOf, migrate, type Schema } from './schema.ts'
import { sqlLedger } from './sql-ledger.ts'
import { kyselyOver, openForReading, openForWriting } from './sqlite-database.ts'
import { threadedWriter } from './threaded-writer.ts'
import { sqlWriter, type Writer } from './writer.ts'

/**
 * A ledger in a file (made 0600 in a 0700 directory when it is missing). For one broker. A thread of its own writes,
 * for the wait for the disk must hold nobody up; what is read is read here.
 */
export async function openSqliteLedger(file: string): Promise<Ledger> {
  const writer = await threadedWriter(file)
  return ledgerOver(kyselyOver(openForReading(file)), writer)
}

/** A ledger that ends with its process. */
export async function openMemoryLedger(): Promise<Ledger> {
  const db = kyselyOver(openForWriting())
  return ledgerOver(db, await sqliteWriter(db))
}

/** Writes to a database of SQLite, in whose thread it runs. Makes the tables that are missing. */
export async function sqliteWriter(db: Kysely<Schema>): Promise<Writer> {
  await migrate(db, 'plain')
  return sqlWriter({
    db,
    marks: 'plain',
    // Kysely begins a transaction as DEFERRED; a first write takes the one lock that SQLite has for writers.
    lock: async (transaction) => {
      await transaction.deleteFrom('spent').where('until', '<', 0).execute()
    },
    announce: async () => undefined,
  })
}

async function ledgerOver(db: Kysely<Schema>, writer: Writer): Promise<Ledger> {
  const start = (await headOf(db)).seq
  return sqlLedger({ db, marks: 'plain', writer, start, onAnnounced: () => async () => undefined })
}
