import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { askedSession, intent } from '../../test/contracts/ledger.ts'
import { until } from '../../test/contracts/until.ts'
import { sqlLedger } from './sql-ledger.ts'
import { kyselyOver } from './sqlite-database.ts'
import { sqliteWriter } from './sqlite-writer.ts'

test('a watcher goes on hearing after the database could not be read for a while', async (t) => {
  const database = new DatabaseSync(':memory:')
  const db = kyselyOver(database)
  let announced: () => void = () => undefined
  const ledger = sqlLedger({
    ...{ db, marks: 'plain', start: 0, writer: await sqliteWriter(db) },
    onAnnounced: (listener) => {
      announced = listener
      return async () => undefined
    },
  })
  t.after(() => ledger.close())
  const heard: number[] = []
  ledger.watch(({ seq }) => heard.push(seq))
  database.exec('ALTER TABLE event RENAME TO gone')
  announced()
  await setTimeout(20)
  database.exec('ALTER TABLE gone RENAME TO event')
  await ledger.append([intent(askedSession('saaa'))])
  await until(() => heard.length, 'the row')
  assert.deepEqual(heard, [1])
})
