import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { startSandbox } from '../../../src/sandbox/index.ts'
import { rotatedSecret } from './rotated-secret.ts'

const [first, second] = ['1', '2'].map((digit) => digit.repeat(32)) as [string, string]

async function setStage(t: TestContext) {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  t.after(() => sandbox.close())
  const { endpoint, region } = sandbox
  const client = new SecretsManagerClient({ endpoint, region, credentials: sandbox, maxAttempts: 1 })
  const made = { Name: 'key', SecretString: '{"user_name":"backup"}', ClientRequestToken: first }
  await client.send(new CreateSecretCommand(made))
  return rotatedSecret(client, 'key')
}

test('a pending version leaves the current one where it is, until the stage is moved', async (t) => {
  const secret = await setStage(t)
  await secret.putPending(second, '{"new":true}', undefined)
  await secret.putPending(second, '{"new":true}', undefined)
  assert.deepEqual(await secret.describe(), {
    rotates: false,
    stages: { [first]: ['AWSCURRENT'], [second]: ['AWSPENDING'] },
  })
  assert.equal(await secret.read('AWSCURRENT'), '{"user_name":"backup"}')
  assert.equal(await secret.read('AWSPENDING', second), '{"new":true}')
  await secret.moveStage('AWSCURRENT', first, second)
  assert.equal(await secret.read('AWSCURRENT', second), '{"new":true}')
  assert.equal(await secret.read('AWSPREVIOUS'), '{"user_name":"backup"}')
})

test('what is not there is not there, and a stage can be taken off', async (t) => {
  const secret = await setStage(t)
  assert.equal(await secret.read('AWSPREVIOUS'), undefined)
  assert.equal(await secret.read('AWSPENDING', second), undefined)
  await secret.putPending(second, '{}', undefined)
  await assert.rejects(secret.putPending(second, '{"other":true}', undefined), { name: 'ResourceExistsException' })
  await secret.moveStage('AWSPENDING', second, undefined)
  assert.equal((await secret.describe()).stages[second], undefined)
})
