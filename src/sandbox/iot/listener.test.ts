import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSandbox } from '../index.ts'
import { setDevices } from './stage.test.ts'

test('a sandbox with a state keeps the endpoint of devices, and takes another port when that one is taken', async (t) => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'mayfly-devices-'))
  t.after(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const endpointOnce = async (): Promise<string> => {
    const sandbox = await startSandbox({ stateDirectory, now: () => new Date(), randomBytes })
    await sandbox.close()
    return sandbox.iotCredentialsEndpoint
  }
  const first = await endpointOnce()
  assert.equal(await endpointOnce(), first)
  const [host = '', port] = first.split(':')
  const taken = createServer().listen(Number(port), '127.0.0.1')
  t.after(() => taken.close())
  await new Promise((resolve) => taken.once('listening', resolve))
  const other = await endpointOnce()
  assert.ok(other.startsWith(`${host}:`) && other !== first)
})

test('a device gets no credentials that the state does not know, and the sandbox goes on', async (t) => {
  const stage = await setDevices(t)
  const { store } = stage.sandbox.cloud
  const { flush } = store
  const full = () => {
    throw new Error('database or disk is full')
  }
  Object.assign(store, { flush: full })
  const refused = await stage.ask()
  Object.assign(store, { flush })
  assert.deepEqual([refused.status, refused.type], [500, 'InternalFailureException'])
  assert.deepEqual(refused.credentials, {})
  assert.equal((await stage.ask()).status, 200)
})
