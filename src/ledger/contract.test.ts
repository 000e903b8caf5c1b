import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import pg from 'pg'
import { askedSession, intent, ledgerContract } from '../../test/contracts/ledger.ts'
import { type Postgres, postgresSkip, startPostgres } from '../../test/contracts/postgres.ts'
import { until } from '../../test/contracts/until.ts'
import { Failure } from '../model/failure.ts'
import { openLedger } from './index.ts'

describe('a ledger in memory', () => {
  ledgerContract('memory', async () => ({ ledger: await openLedger('memory:') }))
})

describe('a ledger in SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-ledger-'))
  let files = 0
  after(() => rmSync(directory, { recursive: true, force: true }))
  ledgerContract('SQLite', async () => {
    const url = `sqlite:${join(directory, `${++files}.sqlite`)}`
    return { ledger: await openLedger(url), reopen: () => openLedger(url) }
  })
})

describe('a ledger in PostgreSQL', { skip: postgresSkip }, () => {
  let postgres: Postgres
  before(async () => {
    postgres = await startPostgres()
  })
  after(() => postgres.stop())
  ledgerContract('PostgreSQL', async () => {
    const url = await postgres.database()
    return { ledger: await openLedger(url), reopen: () => openLedger(url) }
  })

  test('PostgreSQL: a server that is gone in the middle of a write costs that write, and not the process', async () => {
    const url = await postgres.database()
    const ledger = await openLedger(url)
    const other = new pg.Client(url)
    other.on('error', () => undefined)
    await other.connect()
    await other.query('BEGIN; LOCK TABLE event')
    const writing = assert.rejects(
      ledger.append([intent(askedSession('saaa'))]),
      (error) => error instanceof Failure && error.code === 'ledger-down',
    )
    const waits =
      'SELECT 1 FROM pg_locks JOIN pg_database ON database = oid WHERE NOT granted AND datname = current_database()'
    await until(async () => (await other.query(waits)).rowCount, 'a write that waits')
    await postgres.interrupt()
    await writing
    await postgres.resume()
    await until(() => ledger.append([intent(askedSession('saaa'))]).catch(() => undefined), 'the server')
    await ledger.close()
  })
})
