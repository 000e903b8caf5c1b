import { createReadStream, existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from '../model/failure.ts'
import { canonicalJson, type KeptRow } from './chain.ts'
import { asJsonLine } from './export.ts'
import { keptRows } from './queries.ts'
import { kyselyOver } from './sqlite-database.ts'

/** The rows of a ledger as they lie there, read without changing anything. */
export interface Kept {
  readonly rows: AsyncIterable<KeptRow>
  readonly close: () => Promise<void>
}

/**
 * Opens the rows of a ledger for looking at: a `sqlite:` file, a `postgres://` database, or a file of `ledger export`.
 * A broker may be at work on it. Throws a `Failure` (`config-invalid`, `ledger-down`, `ledger-altered`).
 */
export async function openKept(place: string): Promise<Kept> {
  if (/^postgres(?:ql)?:\/\//.test(place)) return (await import('./postgres.ts')).openPostgresRows(place)
  const file = place.replace(/^sqlite:(?:\/\/(?=\/))?/, '')
  if (!existsSync(file))
    throw new Failure('config-invalid', `There is no ledger at ${file}.`, {
      hint: 'Give its path, or its postgres:// URL.',
    })
  if (/\.jsonl?$/.test(file)) return { rows: exportedRows(file), close: async () => undefined }
  const db = kyselyOver(new DatabaseSync(file, { readOnly: true }))
  return { rows: keptRows(db), close: () => db.destroy() }
}

async function* exportedRows(file: string): AsyncGenerator<KeptRow> {
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    line++
    if (text === '') continue
    yield rowOf(text, `${file}:${line}`)
  }
}

function rowOf(text: string, at: string): KeptRow {
  let row: unknown
  try {
    row = JSON.parse(text)
  } catch (error) {
    throw new Failure('ledger-altered', `${at}: this line is not JSON.`, { cause: error })
  }
  if (typeof row !== 'object' || row === null || !('seq' in row && 'hash' in row && 'event' in row))
    throw new Failure('ledger-altered', `${at}: this line is not a row of a ledger.`)
  const kept = { seq: Number(row.seq), hash: String(row.hash), body: canonicalJson(row.event) }
  // Another reader may take the other one of two members of one name; whoever reads the text sees both.
  if (asJsonLine(kept) !== text) throw new Failure('ledger-altered', `${at}: this line is not as it was exported.`)
  return kept
}
