import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Failure } from '../model/failure.ts'
import { mayflyDirectory, nodeHost } from './node-host.ts'

const scratch = mkdtempSync(join(tmpdir(), 'host-'))
after(() => rmSync(scratch, { recursive: true }))

test('Mayfly keeps its own where the system keeps data of programs', () => {
  assert.equal(mayflyDirectory({ MAYFLY_HOME: '/m', XDG_DATA_HOME: '/x', HOME: '/h' }, 'linux'), '/m')
  assert.equal(mayflyDirectory({ XDG_DATA_HOME: '/x', HOME: '/h' }, 'linux'), '/x/mayfly')
  assert.equal(mayflyDirectory({ XDG_DATA_HOME: 'relative', HOME: '/h' }, 'linux'), '/h/.local/share/mayfly')
  assert.equal(mayflyDirectory({ HOME: '/h' }, 'darwin'), '/h/Library/Application Support/mayfly')
})

test('without input a question fails at once and names the option', async () => {
  const host = nodeHost({ MAYFLY_HOME: scratch }, { input: false })
  await assert.rejects(
    host.ask({ kind: 'mfa-code', text: 'MFA code' }),
    (error) => error instanceof Failure && error.code === 'input-needed' && /--mfa-code/.test(error.hint ?? ''),
  )
})

test('without input no browser is opened, and no address shown', async () => {
  for (const host of [nodeHost({}, { input: false, say: () => assert.fail() }), nodeHost({ MAYFLY_NO_INPUT: '1' })])
    await assert.rejects(
      host.openBrowser('https://idp.example'),
      (error) => error instanceof Failure && error.code === 'input-needed' && /mayfly login/.test(error.hint ?? ''),
    )
})

test('an empty variable is none', () => {
  const host = nodeHost({ SET: 'x', EMPTY: '' })
  assert.deepEqual([host.variable('SET'), host.variable('EMPTY'), host.variable('NONE')], ['x', undefined, undefined])
})

test('a preset code is given once', () => {
  const host = nodeHost({}, { mfaCode: '123456' })
  assert.equal(host.presetMfaCode?.(), '123456')
  assert.equal(host.presetMfaCode?.(), undefined)
})

test('the passphrase of the environment makes and opens the vault', async () => {
  const env = { MAYFLY_HOME: join(scratch, 'locked'), MAYFLY_VAULT_PASSPHRASE: 'sesame' }
  await nodeHost(env).vault.put('a', '1')
  assert.equal(await nodeHost(env).vault.get('a'), '1')
  const without = nodeHost({ MAYFLY_HOME: env.MAYFLY_HOME }, { input: false })
  await assert.rejects(without.vault.get('a'), (error) => error instanceof Failure && error.code === 'input-needed')
})
