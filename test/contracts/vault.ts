import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Vault } from '../../src/host/vaults/vault.ts'

/** What every vault must do. `make` gives an empty one. */
export function vaultContract(kind: string, make: () => Vault | Promise<Vault>): void {
  test(`${kind}: what was put is got, and nothing else`, async () => {
    const vault = await make()
    assert.equal(await vault.get('key/AKIA1'), undefined)
    await vault.put('key/AKIA1', 'one')
    await vault.put('key/AKIA2', 'two')
    assert.equal(await vault.get('key/AKIA1'), 'one')
    assert.equal(await vault.get('key/AKIA'), undefined)
    assert.equal(await vault.get('key/akia1'), undefined)
  })

  test(`${kind}: putting again replaces`, async () => {
    const vault = await make()
    await vault.put('session/a', 'old')
    await vault.put('session/a', 'new')
    assert.equal(await vault.get('session/a'), 'new')
    assert.deepEqual(await vault.list(''), ['session/a'])
  })

  test(`${kind}: values of any text come back as they were`, async () => {
    const vault = await make()
    for (const value of ['', '\n', 'ü𝕌\u0000', '{"a":[1]}', 'x'.repeat(200_000)]) {
      await vault.put('v', value)
      assert.equal(await vault.get('v'), value)
    }
  })

  test(`${kind}: names that look like paths stay names`, async () => {
    const vault = await make()
    for (const name of ['../../etc/passwd', '/etc/passwd', 'a/../b', '.', '..', 'a\u0000b', 'x'.repeat(5000)]) {
      await vault.put(name, `value of ${name}`)
      assert.equal(await vault.get(name), `value of ${name}`)
    }
    assert.equal(await vault.get('b'), undefined)
  })

  test(`${kind}: lists by prefix, sorted`, async () => {
    const vault = await make()
    for (const name of ['session/b', 'key/x', 'session/a', 'sessions']) await vault.put(name, '1')
    assert.deepEqual(await vault.list('session/'), ['session/a', 'session/b'])
    assert.deepEqual(await vault.list('nothing/'), [])
    assert.deepEqual(await vault.list(''), ['key/x', 'session/a', 'session/b', 'sessions'])
  })

  test(`${kind}: deleting removes one entry, and deleting nothing is fine`, async () => {
    const vault = await make()
    await vault.delete('a')
    await vault.put('a', '1')
    await vault.put('b', '2')
    await vault.delete('a')
    await vault.delete('a')
    assert.equal(await vault.get('a'), undefined)
    assert.equal(await vault.get('b'), '2')
  })

  test(`${kind}: many writers at once leave one whole value of theirs`, async () => {
    const vault = await make()
    const values = Array.from({ length: 12 }, (_, writer) => String(writer).repeat(1000))
    await Promise.all(values.map((value) => vault.put('shared', value)))
    assert.ok(values.includes((await vault.get('shared')) ?? ''))
  })
}
