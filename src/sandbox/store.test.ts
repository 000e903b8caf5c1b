import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { fileStore } from './store.ts'

function directory(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'mayfly-store-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('what was made durable is there again, in its order', (t) => {
  const path = directory(t)
  const first = fileStore(path)
  const table = first.table<{ readonly n: number }>('things')
  table.put('b', { n: 1 })
  table.put('a', { n: 2 })
  table.put('b', { n: 3 })
  table.put('gone', { n: 4 })
  first.flush()
  assert.equal(table.delete('gone'), true)
  assert.equal(table.delete('gone'), false)
  first.close()
  const second = fileStore(path)
  assert.deepEqual([...second.table('things').values()], [{ n: 3 }, { n: 2 }])
  assert.equal(second.table('things').get('gone'), undefined)
  second.close()
})

test('a second store on the same directory is refused, and let in when the first is closed', (t) => {
  const path = directory(t)
  const first = fileStore(path)
  assert.throws(() => fileStore(path), { code: 'file-conflict', message: `Another sandbox is at work in ${path}.` })
  first.close()
  fileStore(path).close()
})

test('a file that is no state is refused, and left as it is', (t) => {
  const path = directory(t)
  writeFileSync(join(path, 'state.sqlite'), 'my diary, of more than a hundred bytes '.repeat(10))
  assert.throws(() => fileStore(path), { code: 'file-conflict', message: `The state in ${path} cannot be read.` })
  assert.equal(statSync(join(path, 'state.sqlite')).size, 390)
})

test('only the owner can read the state, even in a directory that is open to others', (t) => {
  const path = directory(t)
  chmodSync(path, 0o755)
  const store = fileStore(path)
  store.table('things').put('a', {})
  store.flush()
  for (const name of ['state.sqlite', 'state.sqlite-wal']) assert.equal(statSync(join(path, name)).mode & 0o777, 0o600)
  store.close()
})
