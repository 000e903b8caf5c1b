import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { CreateUserCommand, IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { userKeys } from './user-keys.ts'

async function setStage(t: TestContext) {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  t.after(() => sandbox.close())
  const { endpoint, region } = sandbox
  const as = (credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }) =>
    new IAMClient({ endpoint, region, credentials, maxAttempts: 1 })
  const iam = as(sandbox)
  await iam.send(new CreateUserCommand({ UserName: 'backup' }))
  return { as, keys: userKeys(iam, 'backup') }
}

test('a key is made, listed, made inactive and removed, and removing it again is no error', async (t) => {
  const { keys } = await setStage(t)
  const { accessKeyId } = await keys.create()
  assert.deepEqual(
    (await keys.list()).map(({ id, active }) => [id, active]),
    [[accessKeyId, true]],
  )
  await keys.deactivate(accessKeyId)
  assert.deepEqual(
    (await keys.list()).map(({ active }) => active),
    [false],
  )
  await keys.remove(accessKeyId)
  await keys.remove(accessKeyId)
  assert.deepEqual(await keys.list(), [])
})

test('the last use of a key is told, and that there was none', async (t) => {
  const { as, keys } = await setStage(t)
  const key = await keys.create()
  assert.equal(await keys.lastUsed(key.accessKeyId), undefined)
  await assert.rejects(as(key).send(new ListUsersCommand()), { name: 'AccessDenied' })
  assert.ok((await keys.lastUsed(key.accessKeyId)) instanceof Date)
})

test('a third key is IAM’s to refuse', async (t) => {
  const { keys } = await setStage(t)
  await keys.create()
  await keys.create()
  await assert.rejects(keys.create(), { name: 'LimitExceededException' })
})
