import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../model/failure.ts'

/** Named values of one kind, in the order they were first put. Values are plain JSON. Reads give the value itself: do not change it, put a new one. */
export interface Table<T> {
  get(id: string): T | undefined
  put(id: string, value: T): void
  /** Whether it was there. */
  delete(id: string): boolean
  values(): IterableIterator<T>
  readonly size: number
}

/** Where the sandbox's state lives. */
export interface Store {
  /** The table of that name; the same one at each call. */
  table<T>(name: string): Table<T>
  /** Makes everything put so far durable, as one step. Called before each answer leaves. */
  flush(): void
  /** A private directory (0700) for what is too large for a row; it lives as long as the rows do. */
  blobDirectory(): string
  close(): void
}

interface Change {
  readonly table: string
  readonly id: string
  /** Undefined: deleted. */
  readonly value: unknown
}

function tables(initial: Map<string, Map<string, unknown>>, onChange: (change: Change) => void): Store['table'] {
  return <T>(name: string): Table<T> => {
    // A table's name decides what is in it; the caller states the type once, where it names the table.
    const rows = (initial.get(name) ?? new Map()) as Map<string, T>
    initial.set(name, rows)
    return {
      get: (id) => rows.get(id),
      put: (id, value) => {
        rows.set(id, value)
        onChange({ table: name, id, value })
      },
      delete: (id) => {
        const had = rows.delete(id)
        if (had) onChange({ table: name, id, value: undefined })
        return had
      },
      values: () => rows.values(),
      get size() {
        return rows.size
      },
    }
  }
}

/** State that ends with the process. */
export function memoryStore(): Store {
  let blobs: string | undefined
  return {
    table: tables(new Map(), () => undefined),
    flush: () => undefined,
    blobDirectory: () => {
      blobs ??= mkdtempSync(join(tmpdir(), 'mayfly-sandbox-'))
      return blobs
    },
    close: () => {
      if (blobs !== undefined) rmSync(blobs, { recursive: true, force: true })
      blobs = undefined
    },
  }
}

/**
 * State kept in `directory` (made 0700 when missing); what was answered before a kill -9 is there after it. Throws a
 * `Failure` of code `file-conflict` when another process has it open.
 */
export function fileStore(directory: string): Store {
  const database = open(directory)
  const rows = new Map<string, Map<string, unknown>>()
  for (const row of database.prepare('SELECT tab, id, json FROM entry ORDER BY seq').iterate()) {
    const name = String(row.tab)
    const table = rows.get(name) ?? new Map<string, unknown>()
    rows.set(name, table.set(String(row.id), JSON.parse(String(row.json))))
  }
  const put = database.prepare(
    'INSERT INTO entry (tab, id, json) VALUES (?, ?, ?) ON CONFLICT (tab, id) DO UPDATE SET json = excluded.json',
  )
  const remove = database.prepare('DELETE FROM entry WHERE tab = ? AND id = ?')
  let pending: Change[] = []
  const flush = (): void => {
    if (pending.length === 0) return
    database.exec('BEGIN')
    try {
      for (const { table, id, value } of pending)
        if (value === undefined) remove.run(table, id)
        else put.run(table, id, JSON.stringify(value))
      database.exec('COMMIT')
    } catch (error) {
      // Kept for the next try: a full disk must not make the state on it forget what this one knows.
      database.exec('ROLLBACK')
      throw error
    }
    pending = []
  }
  return {
    table: tables(rows, (change) => pending.push(change)),
    flush,
    blobDirectory: () => {
      const blobs = join(directory, 'objects')
      mkdirSync(blobs, { recursive: true, mode: 0o700 })
      return blobs
    },
    close: () => {
      try {
        flush()
      } finally {
        database.close()
      }
    },
  }
}

function open(directory: string): DatabaseSync {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const file = join(directory, 'state.sqlite')
  // It holds secret keys. SQLite gives the files it puts beside this one the same mode.
  closeSync(openSync(file, 'a', 0o600))
  chmodSync(file, 0o600)
  const database = new DatabaseSync(file)
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    database.exec(
      'CREATE TABLE IF NOT EXISTS entry (seq INTEGER PRIMARY KEY, tab TEXT NOT NULL, id TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (tab, id))',
    )
    // Takes the lock, and keeps it.
    database.exec('BEGIN EXCLUSIVE; COMMIT')
    return database
  } catch (error) {
    database.close()
    const locked = error instanceof Error && /locked|busy/i.test(error.message)
    throw new Failure(
      'file-conflict',
      locked ? `Another sandbox is at work in ${directory}.` : `The state in ${directory} cannot be read.`,
      {
        hint: locked ? 'Stop it, or give this one a directory of its own.' : 'Move it away to start afresh.',
        cause: error,
      },
    )
  }
}
