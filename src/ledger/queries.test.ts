import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openLedger } from './index.ts'

test('a search by words looks through so many sessions for a page, and goes on where it gave up', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-search-'))
  const file = join(folder, 'ledger.sqlite')
  const ledger = await openLedger(`sqlite:${file}`)
  t.after(async () => {
    await ledger.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const beside = new DatabaseSync(file)
  // Two of them are ann's: the oldest, and one that is looked through for the first page.
  beside.exec(`
    INSERT INTO session (id, state, origin, principal_id, account_id, role, role_arn, source_identity, asked_at, ends_at, words, body)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
    SELECT 's' || replace(hex(i), '0', 'g'), 'issued', 'broker', 'corp:x', '1', 'reader', 'arn', '', i, 9,
      CASE WHEN i IN (1, 11000) THEN 'ann reader' ELSE 'bob reader' END, '{"id":"' || i || '"}' FROM n`)
  beside.exec("UPDATE session SET id = iif(asked_at = 7001, 'saaa', 'sbbb') WHERE asked_at IN (7001, 2001)")
  beside.close()
  const first = await ledger.sessions({ text: 'Ann' })
  assert.deepEqual(first.items, [{ id: '11000' }])
  assert.equal(first.cursor, '7001.saaa')
  const second = await ledger.sessions({ text: 'Ann', cursor: first.cursor ?? '' })
  assert.deepEqual(second, { items: [], cursor: '2001.sbbb' })
  assert.deepEqual(await ledger.sessions({ text: 'Ann', cursor: '2001.sbbb' }), { items: [{ id: '1' }] })
  const full = await ledger.sessions({ text: 'bob', limit: 2 })
  assert.deepEqual(full.items, [{ id: '12000' }, { id: '11999' }])
  assert.ok(full.cursor?.startsWith('11999.'))
})
