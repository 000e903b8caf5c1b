import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sign } from '../../wire/sigv4/sign.ts'
import { issueCertificate } from '../certificates/issue-certificate.ts'
import { account, addUser, allow, type Reply, send } from '../stage.test.ts'
import { type DeviceStage, setDevices } from './stage.test.ts'

const told = ({ status, headers }: Reply) => [status, headers['x-amzn-errortype']]
const roleArn = `arn:aws:iam::${account}:role/device`

/** As a user whose policy is this. */
function callAs(stage: DeviceStage, policy: string, method: string, path: string, body: object): Promise<Reply> {
  const key = addUser(stage, 'ann', policy)
  const text = JSON.stringify(body)
  const headers = [
    ['Host', new URL(stage.sandbox.endpoint).host],
    ['Content-Length', String(text.length)],
  ] as const
  const scope = { region: 'us-east-1', service: 'iot' }
  return send(stage, sign({ method, target: path, headers }, { body: text }, key, scope, stage.now), text)
}

test('who makes a role alias must be allowed to pass the role', async (t) => {
  const stage = await setDevices(t)
  const make = (policy: string) => callAs(stage, policy, 'POST', '/role-aliases/mine', { roleArn })
  assert.deepEqual(told(await make(allow('iot:*', '*'))), [403, 'AccessDeniedException'])
  const elsewhere = { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } }
  assert.deepEqual(told(await make(allow(['iot:*', 'iam:*'], '*', elsewhere))), [403, 'AccessDeniedException'])
  assert.equal((await make(allow(['iot:CreateRoleAlias', 'iam:GetRole', 'iam:PassRole'], '*'))).status, 200)
})

test('a role alias is of a role of the same account, for 900 to 43200 seconds', async (t) => {
  const stage = await setDevices(t)
  const make = (name: string, body: object) => stage.iot('POST', `/role-aliases/${name}`, body)
  const invalid = [400, 'InvalidRequestException']
  assert.deepEqual(told(await make('a', { roleArn: 'arn:aws:iam::444455556666:role/device' })), invalid)
  assert.deepEqual(told(await make('b', { roleArn, credentialDurationSeconds: 899 })), invalid)
  assert.deepEqual(told(await make('c', { roleArn, credentialDurationSeconds: 43_201 })), invalid)
  assert.equal((await make('d', { roleArn, credentialDurationSeconds: 43_200 })).status, 200)
  assert.deepEqual(told(await make('d', { roleArn })), [409, 'ResourceAlreadyExistsException'])
})

test('things, policies and certificates in use cannot be deleted; an active certificate neither', async (t) => {
  const stage = await setDevices(t)
  const { iot, certificateId: id, certificateArn } = stage
  assert.deepEqual(told(await iot('DELETE', '/things/lamp')), [400, 'InvalidRequestException'])
  assert.deepEqual(told(await iot('DELETE', '/policies/lamps')), [409, 'DeleteConflictException'])
  assert.deepEqual(told(await iot('DELETE', `/certificates/${id}`)), [406, 'CertificateStateException'])
  await iot('PUT', `/certificates/${id}?newStatus=INACTIVE`)
  assert.deepEqual(told(await iot('DELETE', `/certificates/${id}`)), [409, 'DeleteConflictException'])
  await iot('DELETE', '/things/lamp/principals', undefined, { 'x-amzn-principal': certificateArn })
  await iot('DELETE', '/principal-policies/lamps', undefined, { 'x-amzn-iot-principal': certificateArn })
  for (const path of [`/certificates/${id}`, '/things/lamp', '/policies/lamps'])
    assert.equal((await iot('DELETE', path)).status, 200, path)
  assert.deepEqual(told(await iot('GET', `/certificates/${id}`)), [404, 'ResourceNotFoundException'])
})

test('a policy is checked when it is written', async (t) => {
  const { iot } = await setDevices(t)
  const broken = await iot('POST', '/policies/broken', { policyDocument: '{"Version":"2012-10-17"}' })
  assert.deepEqual(told(broken), [400, 'MalformedPolicyException'])
})

test('a certificate of the own authority is registered with it, one of another without', async (t) => {
  const stage = await setDevices(t)
  const wanted = { organizationalUnits: [], dns: [], uris: [], keyType: 'ec', lifetime: 3600, commonName: 'x' } as const
  const { certificate: certificatePem, authority } = await issueCertificate(stage.sandbox.cloud, wanted)
  const register = (path: string, pem: string) => stage.iot('POST', path, { certificatePem: pem })
  assert.deepEqual(told(await register('/certificate/register', 'no')), [400, 'CertificateValidationException'])
  assert.equal((await register('/certificate/register', certificatePem)).status, 200)
  assert.deepEqual(told(await register('/certificate/register', certificatePem)), [
    409,
    'ResourceAlreadyExistsException',
  ])
  assert.equal((await register('/certificate/register-no-ca', authority)).status, 200)
})

test('lists come in pages', async (t) => {
  const { iot } = await setDevices(t)
  for (const name of ['a', 'b', 'c']) await iot('POST', `/things/${name}`, {})
  const first = JSON.parse((await iot('GET', '/things?maxResults=3')).text)
  const second = JSON.parse((await iot('GET', `/things?maxResults=3&nextToken=${first.nextToken}`)).text)
  const names = [...first.things, ...second.things].map(({ thingName }) => thingName)
  assert.deepEqual([names, second.nextToken], [['lamp', 'a', 'b', 'c'], undefined])
  assert.deepEqual(told(await iot('GET', '/things?nextToken=zz')), [400, 'InvalidRequestException'])
})

test('the endpoint of an account stays the same', async (t) => {
  const { iot, sandbox } = await setDevices(t)
  const { text } = await iot('GET', '/endpoint?endpointType=iot%3ACredentialProvider')
  assert.deepEqual(JSON.parse(text), { endpointAddress: sandbox.iotCredentialsEndpoint })
  assert.deepEqual(told(await iot('GET', '/endpoint?endpointType=iot%3AOther')), [400, 'InvalidRequestException'])
})
