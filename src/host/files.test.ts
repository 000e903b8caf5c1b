import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { editFile, forgetEdits, readText, undoLatestEdit } from './files.ts'
import { memoryVault } from './vaults/memory.ts'

const scratch = mkdtempSync(join(tmpdir(), 'files-'))
after(() => rmSync(scratch, { recursive: true }))
let made = 0
const fresh = (): string => join(scratch, `${made++}`)
let seconds = 0
const makeHost = () => ({
  vault: memoryVault(),
  now: () => new Date(1_700_000_000_000 + 1000 * seconds++),
  exclusively: <T>(_: string, work: () => Promise<T>): Promise<T> => work(),
})
const failsWith = (code: string) => (error: unknown) => error instanceof Failure && error.code === code

test('an edit replaces the text, keeps the mode and leaves nothing beside the file', async () => {
  const path = fresh()
  writeFileSync(path, 'old')
  chmodSync(path, 0o640)
  const edit = await editFile(path, (text) => `${text}!`, makeHost())
  assert.deepEqual(edit, { path, before: 'old', after: 'old!' })
  assert.equal(readFileSync(path, 'utf8'), 'old!')
  assert.equal(statSync(path).mode & 0o777, 0o640)
  assert.deepEqual(
    readdirSync(scratch).filter((name) => name.endsWith('.tmp') || name.includes('bak')),
    [],
  )
})

test('an edit that changes nothing writes nothing', async () => {
  const path = fresh()
  const host = makeHost()
  assert.equal(await editFile(path, (text) => text, host), undefined)
  assert.equal(existsSync(path), false)
  assert.deepEqual(await host.vault.list(''), [])
})

test('a file that was not there is made for the owner alone, and undone by removing it', async () => {
  const path = join(fresh(), 'config')
  const host = makeHost()
  await editFile(path, () => 'new', host)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await undoLatestEdit(host, path)
  assert.equal(existsSync(path), false)
})

test('a symbolic link stays a link, and its target is edited', async () => {
  const path = fresh()
  const link = fresh()
  symlinkSync(path, link)
  const host = makeHost()
  await editFile(link, () => 'through a dangling link', host)
  await editFile(link, () => 'again', host)
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.equal(readFileSync(path, 'utf8'), 'again')
})

test('edits are undone from the latest to the first, byte for byte', async () => {
  const path = fresh()
  const host = makeHost()
  writeFileSync(path, 'one\r\n')
  await editFile(path, () => 'two', host)
  await editFile(path, () => 'three', host)
  await undoLatestEdit(host, path)
  assert.equal(readFileSync(path, 'utf8'), 'two')
  await undoLatestEdit(host)
  assert.equal(readFileSync(path, 'utf8'), 'one\r\n')
  assert.equal(await undoLatestEdit(host), undefined)
})

test('one kind of edit is undone only while it is the latest', async () => {
  const path = fresh()
  const host = makeHost()
  await editFile(path, () => 'synced', host, 'sync')
  await editFile(path, (text) => `${text}, then imported`, host)
  await assert.rejects(undoLatestEdit(host, path, 'sync'), failsWith('file-conflict'))
  await undoLatestEdit(host, path)
  assert.deepEqual(await undoLatestEdit(host, path, 'sync'), { path, before: 'synced', after: '' })
})

test('undoing refuses to lose a later change', async () => {
  const path = fresh()
  const host = makeHost()
  writeFileSync(path, 'one')
  await editFile(path, () => 'two', host)
  writeFileSync(path, 'two, and mine')
  await assert.rejects(undoLatestEdit(host, path), failsWith('file-conflict'))
  assert.equal(readFileSync(path, 'utf8'), 'two, and mine')
})

test('an edit refuses when another program wrote meanwhile', async () => {
  const path = fresh()
  writeFileSync(path, 'one')
  const meddling = (text: string): string => {
    writeFileSync(path, 'theirs')
    return `${text} two`
  }
  await assert.rejects(editFile(path, meddling, makeHost()), failsWith('file-conflict'))
  assert.equal(readFileSync(path, 'utf8'), 'theirs')
})

test('a file that is not UTF-8 is refused rather than mangled', () => {
  const path = fresh()
  writeFileSync(path, Buffer.from([0x61, 0xff]))
  assert.throws(() => readText(path), failsWith('config-invalid'))
})

test('what was kept of a key can be forgotten, and nothing else is', async () => {
  const host = makeHost()
  const [one, two] = [fresh(), fresh()]
  writeFileSync(one, 'AKIAONE')
  writeFileSync(two, 'AKIATWO')
  await editFile(one, () => '', host)
  await editFile(two, () => '', host)
  assert.equal(await forgetEdits(host.vault, 'AKIAONE'), 1)
  assert.equal(await undoLatestEdit(host, one), undefined)
  assert.equal((await undoLatestEdit(host, two))?.after, 'AKIATWO')
})
