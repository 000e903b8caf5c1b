import assert from 'node:assert/strict'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { vaultContract } from '../../../test/contracts/vault.ts'
import { Failure } from '../../model/failure.ts'
import { encryptedFileVault } from './encrypted-file.ts'
import { protectionOf } from './master-key.ts'

const scratch = mkdtempSync(join(tmpdir(), 'vault-'))
after(() => rmSync(scratch, { recursive: true }))
let made = 0
const fresh = (): string => join(scratch, `deep/er/${made++}`)
const failsWith = (code: string, text: RegExp) => (error: unknown) =>
  error instanceof Failure && error.code === code && text.test(`${error.message} ${error.hint}`)
const sealed = (directory: string): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith('.sealed'))
    .map((name) => join(directory, name))

vaultContract('encrypted-file vault', () => encryptedFileVault({ directory: fresh() }))

test('nothing is made on disk by looking', async () => {
  const directory = fresh()
  const vault = encryptedFileVault({ directory })
  await vault.get('a')
  await vault.list('')
  await vault.delete('a')
  assert.equal(existsSync(directory), false)
})

test('directory and files are for the owner alone, and hold neither names nor values', async () => {
  const directory = fresh()
  await encryptedFileVault({ directory }).put('key/AKIAEXAMPLE', 'the secret')
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  for (const name of readdirSync(directory)) {
    assert.equal(statSync(join(directory, name)).mode & 0o777, 0o600)
    const bytes = readFileSync(join(directory, name), 'latin1')
    assert.ok(!bytes.includes('the secret') && !`${name}${bytes}`.includes('AKIAEXAMPLE'))
  }
})

test('another instance over the same directory reads it', async () => {
  const directory = fresh()
  await encryptedFileVault({ directory }).put('a', '1')
  assert.equal(await encryptedFileVault({ directory }).get('a'), '1')
  assert.equal(protectionOf(directory), 'key-file')
})

test('instances that make the vault at the same time share one key', async () => {
  const directory = fresh()
  const vaults = Array.from({ length: 8 }, () => encryptedFileVault({ directory }))
  await Promise.all(vaults.map((vault, index) => vault.put(`entry/${index}`, `${index}`)))
  assert.equal((await encryptedFileVault({ directory }).list('entry/')).length, 8)
})

test('a flipped byte anywhere is found, and the message names the file and what to do', async () => {
  const directory = fresh()
  const vault = encryptedFileVault({ directory })
  await vault.put('a', 'value')
  const [path = ''] = sealed(directory)
  const whole = readFileSync(path)
  for (const at of [0, 9, 25, 40, whole.length - 1]) {
    const bytes = Buffer.from(whole)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(path, bytes)
    await assert.rejects(vault.get('a'), failsWith('vault-corrupt', new RegExp(`${path}.*rm `, 's')))
  }
  writeFileSync(path, whole.subarray(0, 20))
  await assert.rejects(vault.get('a'), failsWith('vault-corrupt', /damaged/))
  writeFileSync(path, whole)
  assert.equal(await vault.get('a'), 'value')
})

test('files swapped with each other are found', async () => {
  const directory = fresh()
  const vault = encryptedFileVault({ directory })
  await vault.put('a', '1')
  await vault.put('b', '2')
  const [one = '', two = ''] = sealed(directory)
  renameSync(one, `${one}.x`)
  renameSync(two, one)
  renameSync(`${one}.x`, two)
  await assert.rejects(vault.get('a'), failsWith('vault-corrupt', /not the file that was stored/))
  await assert.rejects(vault.list(''), failsWith('vault-corrupt', /not the file that was stored/))
})

test('what a killed writer left does not count, and is swept when it is old', async () => {
  const directory = fresh()
  const vault = encryptedFileVault({ directory })
  await vault.put('a', 'old')
  const left = join(directory, '.0123456789abcdef.tmp')
  writeFileSync(left, 'half a val', { mode: 0o600 })
  assert.equal(await vault.get('a'), 'old')
  assert.deepEqual(await vault.list(''), ['a'])
  await vault.put('a', 'new')
  assert.ok(existsSync(left), 'it may belong to a writer at work')
  utimesSync(left, 1, 1)
  await vault.put('a', 'newer')
  assert.ok(!existsSync(left))
})

test('files and directories that others can read are refused with the chmod to type', async () => {
  const directory = fresh()
  const vault = encryptedFileVault({ directory })
  await vault.put('a', '1')
  const [path = ''] = sealed(directory)
  for (const [target, loose, right] of [
    [path, 0o640, 0o600],
    [join(directory, 'master.key'), 0o604, 0o600],
    [directory, 0o750, 0o700],
  ] as const) {
    chmodSync(target, loose)
    const typed = new RegExp(`chmod ${right.toString(8)} ${target}`)
    await assert.rejects(encryptedFileVault({ directory }).get('a'), failsWith('vault-locked', typed))
    chmodSync(target, right)
    assert.equal(await encryptedFileVault({ directory }).get('a'), '1')
  }
})

test('symbolic links are refused, for an entry and for the vault itself', async () => {
  const directory = fresh()
  await encryptedFileVault({ directory }).put('a', '1')
  const [path = ''] = sealed(directory)
  const elsewhere = join(scratch, 'elsewhere')
  copyFileSync(path, elsewhere)
  rmSync(path)
  symlinkSync(elsewhere, path)
  await assert.rejects(encryptedFileVault({ directory }).get('a'), failsWith('vault-locked', /symbolic link/))
  const link = join(scratch, 'link')
  symlinkSync(directory, link)
  await assert.rejects(encryptedFileVault({ directory: link }).get('a'), failsWith('vault-locked', /not a directory/))
})

test('a passphrase opens the vault it made; another one does not, and may be tried again', async () => {
  const directory = fresh()
  const asked: string[] = []
  const withPassphrase = (...answers: string[]) =>
    encryptedFileVault({
      directory,
      protection: 'passphrase',
      passphrase: async (purpose) => {
        asked.push(purpose)
        return answers.shift() ?? ''
      },
    })
  await withPassphrase('correct horse').put('a', '1')
  assert.equal(protectionOf(directory), 'passphrase')
  assert.ok(!existsSync(join(directory, 'master.key')))
  const vault = withPassphrase('wrong', 'correct horse')
  await assert.rejects(vault.get('a'), failsWith('vault-locked', /does not open the vault/))
  assert.equal(await vault.get('a'), '1')
  assert.equal(await vault.get('a'), '1')
  assert.deepEqual(asked, ['create', 'unlock', 'unlock'])
  await assert.rejects(encryptedFileVault({ directory }).get('a'), failsWith('vault-locked', /MAYFLY_VAULT_PASSPHRASE/))
})

test('a passphrase demanded of a vault with a key file is refused, not ignored', async () => {
  const directory = fresh()
  await encryptedFileVault({ directory }).put('a', '1')
  const demanding = encryptedFileVault({ directory, protection: 'passphrase', passphrase: async () => 'p' })
  await assert.rejects(demanding.get('a'), failsWith('vault-locked', /protected by a key file/))
})

test('a damaged key file or header is named', async () => {
  const directory = fresh()
  await encryptedFileVault({ directory }).put('a', '1')
  writeFileSync(join(directory, 'master.key'), 'short')
  await assert.rejects(encryptedFileVault({ directory }).get('a'), failsWith('vault-corrupt', /master\.key/))
  rmSync(join(directory, 'master.key'))
  for (const header of ['{', 'null', '{"version":1,"kdf":"scrypt","cost":1073741824,"salt":"00","locked":""}']) {
    writeFileSync(join(directory, 'passphrase.json'), header, { mode: 0o600 })
    const vault = encryptedFileVault({ directory, passphrase: async () => 'p' })
    await assert.rejects(vault.get('a'), failsWith('vault-corrupt', /passphrase\.json/))
  }
})
