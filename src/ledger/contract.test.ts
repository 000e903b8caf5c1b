import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { ledgerContract } from '../../test/contracts/ledger.ts'
import { type Postgres, postgresSkip, startPostgres } from '../../test/contracts/postgres.ts'
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
})
