import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { memoryVault } from '../host/vaults/memory.ts'
import { Failure, type FailureCode } from '../model/failure.ts'
import { forgetKey, listKeys, readKey, storeKey } from './stored-keys.ts'

const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const importedAt = new Date('2026-11-21T10:00:00Z')
const fails =
  (code: FailureCode, hint = /./) =>
  (error: unknown) => {
    assert.ok(error instanceof Failure && error.code === code)
    assert.ok(!inspect(error).includes(key.secretAccessKey))
    return hint.test(error.hint ?? 'none')
  }

test('a stored key signs again, is listed by its public half, and is forgotten once', async () => {
  const vault = memoryVault()
  await storeKey(vault, key, { profile: 'ann', importedAt })
  assert.equal((await readKey(vault, key.accessKeyId)).secretAccessKey, key.secretAccessKey)
  assert.deepEqual(await listKeys(vault), [{ accessKeyId: key.accessKeyId, profile: 'ann', importedAt }])
  assert.equal(await forgetKey(vault, key.accessKeyId), true)
  assert.equal(await forgetKey(vault, key.accessKeyId), false)
  await assert.rejects(readKey(vault, key.accessKeyId), fails('key-not-found', /mayfly keys import PROFILE/))
})

test('a key that was read shows its secret to no one who prints, serialises or spreads it', async () => {
  const vault = memoryVault()
  await storeKey(vault, key, { importedAt })
  const read = await readKey(vault, key.accessKeyId)
  for (const shown of [
    inspect(read, { showHidden: true, depth: 9 }),
    JSON.stringify(read),
    inspect({ ...read }),
    `${read}`,
  ])
    assert.ok(!shown.includes(key.secretAccessKey), shown)
})

test('temporary keys and what cannot be a key are refused; the nearest key is stored', async () => {
  const vault = memoryVault()
  const refused = [
    { ...key, accessKeyId: 'ASIAIOSFODNN7EXAMPLE' },
    { ...key, sessionToken: 't' },
    { ...key, accessKeyId: 'AKIA' },
    { ...key, accessKeyId: '../AKIAIOSFODNN7EXAMPLE' },
    { ...key, secretAccessKey: '' },
    { ...key, secretAccessKey: `${key.secretAccessKey}\n` },
  ]
  for (const it of refused) await assert.rejects(storeKey(vault, it, { importedAt }), fails('usage'))
  assert.deepEqual(await vault.list(''), [])
  await storeKey(vault, key, { importedAt })
})

test('another secret under the same id is refused; the same key may be stored again', async () => {
  const vault = memoryVault()
  await storeKey(vault, key, { importedAt })
  const other = { ...key, secretAccessKey: key.secretAccessKey.toLowerCase() }
  await assert.rejects(
    storeKey(vault, other, { importedAt }),
    fails('key-exists', /mayfly keys forget AKIAIOSFODNN7EXAMPLE/),
  )
  await storeKey(vault, key, { profile: 'ann', importedAt })
  assert.equal((await listKeys(vault))[0]?.profile, 'ann')
})

test('what is not that key is not signed with', async () => {
  const vault = memoryVault([
    ['key/AKIAIOSFODNN7EXAMPLE', JSON.stringify({ ...key, accessKeyId: 'AKIAOTHEROTHEROTHER1' })],
  ])
  await assert.rejects(readKey(vault, key.accessKeyId), fails('vault-corrupt'))
  await vault.put('key/AKIAIOSFODNN7EXAMPLE', 'no JSON')
  await assert.rejects(readKey(vault, key.accessKeyId), fails('vault-corrupt'))
  assert.deepEqual(await listKeys(vault), [])
})
