import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { askedSession, intent } from '../../test/contracts/ledger.ts'
import { Failure } from '../model/failure.ts'
import { threadedWriter } from './threaded-writer.ts'

test('a thread that ends fails what it was asked, and the next row is written by another', async (t) => {
  let thread: Worker | undefined
  process.once('worker', (worker) => {
    thread = worker
  })
  const writer = await threadedWriter(fileOf(t))
  assert.equal(await writer.spend('one', 1, 0), true)
  const ended = thread?.terminate()
  await assert.rejects(writer.append([[intent(askedSession('saaa'))]]), /the thread that writes the ledger has ended/)
  await ended
  assert.equal(await writer.spend('one', 1, 0), false)
  const [[row] = []] = await writer.append([[intent(askedSession('saaa'))]])
  assert.equal(row?.seq, 1)
  await writer.close()
})

test('a refusal comes across with its code, and a file that cannot be opened is named', async (t) => {
  const writer = await threadedWriter(fileOf(t))
  t.after(() => writer.close())
  const twice = [[intent(askedSession('saaa'))], [intent(askedSession('saaa'))]]
  await assert.rejects(writer.append(twice), { code: 'ledger-conflict' })
  const refused = threadedWriter('/dev/null/ledger.sqlite')
  await assert.rejects(refused, (error) => {
    assert.ok(error instanceof Failure)
    assert.equal(error.code, 'ledger-down')
    assert.match(error.message, /\/dev\/null\/ledger\.sqlite/)
    assert.match(error.hint ?? '', /its owner and the space/)
    return true
  })
})

test('a process ends by itself with a ledger open, and not before one that is being closed is', (t) => {
  const program = (last: string): string => `
    import { openLedger } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    for (let turn = 0; turn < 8; turn++) {
      const ledger = await openLedger(${JSON.stringify(`sqlite:${fileOf(t)}`)})
      ${last}
    }
    console.log('done')`
  for (const last of ['await ledger.close()', 'await ledger.head(); break']) {
    const args = ['--input-type=module-typescript', '--eval', program(last)]
    assert.equal(execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 }), 'done\n')
  }
})

function fileOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-writer-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'ledger.sqlite')
}
