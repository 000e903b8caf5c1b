import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { awsCacheIn } from './aws-cache.ts'

const fresh = (t: { after: (work: () => void) => void }): string => {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-aws-cache-'))
  t.after(() => rmSync(home, { recursive: true, force: true }))
  return join(home, '.aws', 'sso', 'cache')
}

test('a file is written whole and for its owner alone, in a directory that is made when missing', (t) => {
  const directory = fresh(t)
  const cache = awsCacheIn(directory)
  assert.equal(cache.read('a.json'), undefined)
  assert.deepEqual(cache.list(), [])
  cache.write('a.json', '{}')
  assert.equal(cache.read('a.json'), '{}')
  assert.equal(statSync(join(directory, 'a.json')).mode & 0o777, 0o600)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  assert.deepEqual(readdirSync(directory), ['a.json'])
  cache.remove('a.json')
  cache.remove('a.json')
  assert.deepEqual(cache.list(), [])
})

test('a file that others may read, and a link, are refused; the same made private is read', (t) => {
  const directory = fresh(t)
  const cache = awsCacheIn(directory)
  cache.write('a.json', '{}')
  chmodSync(join(directory, 'a.json'), 0o644)
  assert.throws(() => cache.read('a.json'), Failure)
  chmodSync(join(directory, 'a.json'), 0o600)
  assert.equal(cache.read('a.json'), '{}')
  writeFileSync(join(directory, 'other'), '{"accessToken":"planted"}', { mode: 0o600 })
  symlinkSync(join(directory, 'other'), join(directory, 'b.json'))
  assert.throws(() => cache.read('b.json'), Failure)
  cache.write('b.json', '{}')
  assert.equal(cache.read('b.json'), '{}')
})

test('a name cannot lead out of the directory', (t) => {
  const cache = awsCacheIn(fresh(t))
  for (const name of ['../a.json', 'a/b.json', 'a', '.json', 'a.json\n'])
    assert.throws(() => cache.write(name, ''), TypeError, name)
})
