import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely, type SqliteDatabase, SqliteDialect, type SqliteStatement } from 'kysely'
import { Failure } from '../model/failure.ts'
import type { Schema } from './schema.ts'

const patience = 'PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536'

/** A database in a file (made 0600 in a 0700 directory when it is missing), or in memory without one. */
export function openForWriting(file?: string): DatabaseSync {
  try {
    if (file !== undefined) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
      closeSync(openSync(file, 'a', 0o600))
      chmodSync(file, 0o600)
    }
    const database = new DatabaseSync(file ?? ':memory:')
    // FULL: a row that was acknowledged outlives a loss of power.
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${patience}`)
    return database
  } catch (error) {
    throw new Failure('ledger-down', `The ledger ${file ?? 'in memory'} cannot be opened.`, {
      hint: 'Check the path, its owner and the space on the disk.',
      cause: error,
    })
  }
}

/** The database in a file, beside whoever writes to it. */
export function openForReading(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { readOnly: true })
  database.exec(patience)
  return database
}

/** Kysely knows SQLite by better-sqlite3's face. */
export function kyselyOver(database: DatabaseSync): Kysely<Schema> {
  return new Kysely<Schema>({ dialect: new SqliteDialect({ database: asKyselyWantsIt(database) }) })
}

/** Statements are kept: the same few texts come again and again. */
function asKyselyWantsIt(database: DatabaseSync): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>()
  return {
    close: () => database.isOpen && database.close(),
    prepare(text) {
      const known = kept.get(text)
      if (known) return known
      const statement = wrap(database.prepare(text))
      if (kept.size < mostKept) kept.set(text, statement)
      return statement
    },
  }
}

const mostKept = 200

function wrap(statement: StatementSync): SqliteStatement {
  // Kysely's parameters are what the queries of this room are given: texts, numbers and null.
  const values = (parameters: readonly unknown[]): SQLInputValue[] => [...parameters] as SQLInputValue[]
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...values(parameters)),
    run: (parameters) => statement.run(...values(parameters)),
    iterate: (parameters) => statement.iterate(...values(parameters)),
  }
}
