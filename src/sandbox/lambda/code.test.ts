import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { strToU8, zipSync } from 'fflate'
import { unpack } from './code.ts'

test('no file of a ZIP leaves the directory it is unpacked to', (t) => {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-test-'))
  t.after(() => rmSync(home, { recursive: true }))
  for (const name of ['../out.js', 'a/../../out.js', '/out.js', 'a\\..\\out.js'])
    assert.throws(() => unpack(zipSync({ [name]: strToU8('x') }), join(home, 'task')), /unzip/, name)
  assert.equal(existsSync(join(home, 'out.js')), false)
  unpack(zipSync({ 'lib/in.js': strToU8('x'), 'a..b.js': strToU8('y') }), join(home, 'task'))
  assert.equal(readFileSync(join(home, 'task', 'lib', 'in.js'), 'utf8'), 'x')
})

test('what is no ZIP file is refused', () => {
  assert.throws(() => unpack(strToU8('nothing'), '/nowhere'), /Could not unzip/)
})
