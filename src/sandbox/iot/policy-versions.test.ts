import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, allow, type Reply } from '../stage.test.ts'
import { aliasArn, setDevices } from './stage.test.ts'

const told = ({ status, headers }: Reply) => [status, headers['x-amzn-errortype']]
const nothing = allow('iot:Connect', '*')
const all = allow('iot:AssumeRoleWithCertificate', aliasArn)

test('the default version of a policy is the one that counts', async (t) => {
  const { iot, ask } = await setDevices(t)
  assert.equal((await ask()).status, 200)
  const draft = await iot('POST', '/policies/lamps/version', { policyDocument: nothing })
  assert.deepEqual(JSON.parse(draft.text), {
    policyArn: `arn:aws:iot:us-east-1:${account}:policy/lamps`,
    policyDocument: nothing,
    policyVersionId: '2',
    isDefaultVersion: false,
  })
  assert.equal((await ask()).status, 200)
  await iot('PATCH', '/policies/lamps/version/2')
  assert.equal((await ask()).status, 403)
  assert.equal(JSON.parse((await iot('GET', '/policies/lamps')).text).policyDocument, nothing)
  await iot('POST', '/policies/lamps/version?setAsDefault=true', { policyDocument: all })
  assert.equal((await ask()).status, 200)
  const { policyVersions } = JSON.parse((await iot('GET', '/policies/lamps/version')).text)
  assert.deepEqual(
    policyVersions.map(({ versionId, isDefaultVersion }: Record<string, unknown>) => [versionId, isDefaultVersion]),
    [
      ['1', false],
      ['2', false],
      ['3', true],
    ],
  )
  const first = JSON.parse((await iot('GET', '/policies/lamps/version/1')).text)
  assert.deepEqual([first.policyName, first.policyDocument, first.isDefaultVersion], ['lamps', all, false])
})

test('a policy has five versions at most, and no number comes again', async (t) => {
  const { iot } = await setDevices(t)
  const add = () => iot('POST', '/policies/lamps/version', { policyDocument: nothing })
  for (let version = 2; version <= 5; version++) assert.equal((await add()).status, 200)
  assert.deepEqual(told(await add()), [409, 'VersionsLimitExceededException'])
  assert.equal((await iot('DELETE', '/policies/lamps/version/5')).status, 200)
  assert.equal(JSON.parse((await add()).text).policyVersionId, '6')
})

test('the default version stays, and a policy goes when it has no other', async (t) => {
  const { iot } = await setDevices(t)
  await iot('POST', '/policies/free', { policyDocument: nothing })
  await iot('POST', '/policies/free/version', { policyDocument: all })
  assert.deepEqual(told(await iot('DELETE', '/policies/free/version/1')), [409, 'DeleteConflictException'])
  assert.deepEqual(told(await iot('DELETE', '/policies/free')), [409, 'DeleteConflictException'])
  assert.equal((await iot('DELETE', '/policies/free/version/2')).status, 200)
  assert.deepEqual(told(await iot('PATCH', '/policies/free/version/2')), [404, 'ResourceNotFoundException'])
  assert.deepEqual(told(await iot('GET', '/policies/free/version/x')), [400, 'InvalidRequestException'])
  assert.equal((await iot('DELETE', '/policies/free')).status, 200)
  assert.deepEqual(told(await iot('POST', '/policies/free/version', { policyDocument: all })), [
    404,
    'ResourceNotFoundException',
  ])
})

test('a version is checked when it is written', async (t) => {
  const { iot } = await setDevices(t)
  const broken = await iot('POST', '/policies/lamps/version', { policyDocument: '{}' })
  assert.deepEqual(told(broken), [400, 'MalformedPolicyException'])
})
