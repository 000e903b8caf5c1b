import type { Kysely } from 'kysely'
import type { Ledger } from './ledger.ts'
import { headOf, type Schema } from './schema.ts'
import { sqlLedger } from './sql-ledger.ts'
import { kyselyOver, openForReading, openForWriting } from './sqlite-database.ts'
import { sqliteWriter } from './sqlite-writer.ts'
import { threadedWriter } from './threaded-writer.ts'
import type { Writer } from './writer.ts'

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

async function ledgerOver(db: Kysely<Schema>, writer: Writer): Promise<Ledger> {
  const start = (await headOf(db)).seq
  return sqlLedger({ db, marks: 'plain', writer, start, onAnnounced: () => async () => undefined })
}
