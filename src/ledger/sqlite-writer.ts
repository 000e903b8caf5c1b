import type { Kysely } from 'kysely'
import { migrate, type Schema } from './schema.ts'
import { sqlWriter, type Writer } from './writer.ts'

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
