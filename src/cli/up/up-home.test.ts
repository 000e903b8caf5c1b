import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import { lastingHome, passingHome } from './up-home.ts'

const kept = { sandboxPort: 4566, key: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } }

test('a lasting home remembers port and key for its owner alone', (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'mayfly-home-'))
  t.after(() => rmSync(scratch, { recursive: true }))
  const home = lastingHome(scratch)
  assert.equal(home.kept(), undefined)
  home.keep(kept)
  home.leave()
  assert.deepEqual(lastingHome(scratch).kept(), kept)
  assert.equal(statSync(join(home.directory, 'up.json')).mode & 0o777, 0o600)
})

test('a record that somebody damaged is refused, and one that is whole is taken', (t) => {
  const scratch = mkdtempSync(join(tmpdir(), 'mayfly-home-'))
  t.after(() => rmSync(scratch, { recursive: true }))
  const home = lastingHome(scratch)
  for (const text of ['{', '{}', '{"sandboxPort": 1, "key": {}}', '{"sandboxPort": "x", "key": null}']) {
    writeFileSync(join(home.directory, 'up.json'), text, { mode: 0o600 })
    assert.throws(home.kept, (error) => error instanceof Failure && error.code === 'file-conflict')
  }
  home.keep(kept)
  assert.deepEqual(home.kept(), kept)
})

test('a passing home goes with its run', () => {
  const home = passingHome()
  home.keep(kept)
  assert.ok(existsSync(home.directory) && home.sandboxDirectory === undefined)
  home.leave()
  assert.ok(!existsSync(home.directory))
})
