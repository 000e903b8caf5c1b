import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startSandbox } from './index.ts'
import { account, addDevice, ask, controlCall, otherAccount, setStage } from './stage.test.ts'

test('each account has an administrator whose key opens that account', async (t) => {
  const stage = await setStage(t)
  const { accounts, accountId, accessKeyId } = stage.sandbox
  assert.deepEqual(
    accounts.map((each) => each.accountId),
    [account, otherAccount],
  )
  assert.deepEqual([accountId, accessKeyId], [account, accounts[0]?.accessKeyId])
  for (const key of accounts) {
    assert.equal(
      (await ask(stage, key, { Action: 'GetCallerIdentity' })).get('Arn'),
      `arn:aws:iam::${key.accountId}:user/admin`,
    )
    assert.equal((await ask(stage, key, { Action: 'ListUsers' }, { service: 'iam' })).status, 200)
  }
})

test('a state directory brings back keys, token, clock, spent codes and what was refused', async (t) => {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'mayfly-state-'))
  t.after(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const before = await setStage(t, { stateDirectory })
  const { serial, code } = addDevice(before, 'admin')
  const spent = code()
  const take = { Action: 'GetSessionToken', SerialNumber: serial, TokenCode: spent }
  assert.equal((await ask(before, before.sandbox, take)).status, 200)
  await controlCall(before, 'PUT', 'clock', { now: '2026-11-21T09:00:20Z' })
  const keys = before.sandbox.accounts
  await before.sandbox.close()
  const after = await setStage(t, { stateDirectory })
  assert.deepEqual(after.sandbox.accounts, keys)
  assert.equal(after.sandbox.controlToken, before.sandbox.controlToken)
  assert.deepEqual((await controlCall(after, 'GET', 'clock')).answer, { now: '2026-11-21T09:00:20.000Z' })
  assert.equal((await ask(after, after.sandbox, take)).status, 403)
})

test('a port that is taken, an account that is none: the start is refused and leaves nothing behind', async (t) => {
  const stage = await setStage(t)
  const stateDirectory = mkdtempSync(join(tmpdir(), 'mayfly-state-'))
  t.after(() => rmSync(stateDirectory, { recursive: true, force: true }))
  const options = { stateDirectory, now: () => stage.now, randomBytes }
  const port = Number(new URL(stage.sandbox.endpoint).port)
  await assert.rejects(startSandbox({ ...options, port }), { code: 'EADDRINUSE' })
  await assert.rejects(startSandbox({ ...options, accounts: ['1'] }), TypeError)
  await (await startSandbox(options)).close()
})

test('the log keeps the newest calls and lets the oldest go', async (t) => {
  const stage = await setStage(t)
  const { calls } = stage.sandbox.cloud
  await ask(stage, stage.sandbox, { Action: 'GetCallerIdentity' })
  const [first] = calls.values()
  assert.ok(first)
  for (let n = 0; n < 22_000; n++) calls.put(`call-${n}`, { ...first, id: `call-${n}` })
  await ask(stage, stage.sandbox, { Action: 'ListUsers' }, { service: 'iam' })
  assert.ok(calls.size <= 20_002)
  assert.equal(calls.get(first.id), undefined)
  assert.equal([...calls.values()].at(-1)?.operation, 'ListUsers')
})
