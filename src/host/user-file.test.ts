import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { readUserFile } from './user-file.ts'

const home = mkdtempSync(join(tmpdir(), 'user-file-'))
after(() => rmSync(home, { recursive: true }))

test('reads a file by its path, and from the home directory', async () => {
  writeFileSync(join(home, 'token'), 'abc\n')
  assert.equal(String(await readUserFile(join(home, 'token'), '/nowhere')), 'abc\n')
  assert.equal(String(await readUserFile('~/token', home)), 'abc\n')
})

test('what is missing, no file or too large is told by its name', async () => {
  writeFileSync(join(home, 'large'), '')
  truncateSync(join(home, 'large'), 1024 * 1024 + 1)
  for (const path of ['~/missing', home, '~/large', '/dev/zero'])
    await assert.rejects(
      readUserFile(path, home),
      (error) =>
        error instanceof Failure && error.code === 'config-invalid' && error.message.includes(path.replace('~', home)),
    )
  truncateSync(join(home, 'large'), 1024 * 1024)
  assert.equal((await readUserFile('~/large', home)).length, 1024 * 1024)
})
