import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueCertificate } from '../certificates/issue-certificate.ts'
import { keyOf } from '../cloud.ts'
import { account, addRole, allow, ask, otherAccount, trust } from '../stage.test.ts'
import { type Asked, type DeviceStage, devicesTrust, setDevices } from './stage.test.ts'
import { credentialsEndpoint } from './state.ts'

const invalidCertificate = [403, 'AccessDeniedException', 'Certificate is invalid on this endpoint']
const accessDenied = [403, 'AccessDeniedException', 'Access Denied']
const unable = [400, 'InvalidRequestException', 'Unable to assume the role, or the role to assume does not exist']
const told = ({ status, type, message }: Asked) => [status, type, message]
const granted = async (stage: DeviceStage, asking = {}) => assert.equal((await stage.ask(asking)).status, 200)

test('a device with its certificate gets the role behind the alias, named after the certificate', async (t) => {
  const stage = await setDevices(t)
  const { status, credentials } = await stage.ask({ thing: 'lamp' })
  assert.equal(status, 200)
  assert.equal(credentials.expiration, '2026-11-21T10:00:00Z')
  const { accessKeyId = '', secretAccessKey = '', sessionToken = '' } = credentials
  const who = await ask(stage, { accessKeyId, secretAccessKey, sessionToken }, { Action: 'GetCallerIdentity' })
  assert.equal(who.get('Arn'), `arn:aws:sts::${account}:assumed-role/device/${stage.certificateId}`)
  assert.deepEqual(stage.sandbox.cloud.sessions.get(accessKeyId)?.context, {
    'credentials-iot:AwsCertificateId': stage.certificateId,
    'credentials-iot:ThingName': 'lamp',
  })
})

test('what a device was given and refused is in the request log of its account', async (t) => {
  const stage = await setDevices(t)
  const { credentials } = await stage.ask({ thing: 'lamp' })
  await stage.ask({ thing: 'other' })
  const calls = [...stage.sandbox.cloud.calls.values()].slice(-2)
  assert.deepEqual(
    calls.map(({ accountId, service, operation, errorCode }) => [accountId, service, operation, errorCode]),
    [
      [account, 'iot', 'AssumeRoleWithCertificate', undefined],
      [account, 'iot', 'AssumeRoleWithCertificate', 'AccessDeniedException'],
    ],
  )
  const told = JSON.stringify(calls)
  assert.match(told, /"roleAlias":"sensor","thingName":"other"/)
  for (const secret of [credentials.secretAccessKey, credentials.sessionToken]) assert.ok(!told.includes(secret ?? ''))
})

test('without a thing named, the session has the certificate in its context and no thing', async (t) => {
  const stage = await setDevices(t)
  const { credentials } = await stage.ask()
  const session = stage.sandbox.cloud.sessions.get(credentials.accessKeyId ?? '')
  assert.deepEqual(session?.context, { 'credentials-iot:AwsCertificateId': stage.certificateId })
})

test('the handshake fails without a server name, and with one that is no endpoint', async (t) => {
  const stage = await setDevices(t)
  const [host = ''] = stage.sandbox.iotCredentialsEndpoint.split(':')
  const cut = (error: Error & { code?: string }) => /ECONNRESET|SSL|TLS/.test(`${error.code}${error.message}`)
  await assert.rejects(stage.ask({ name: '' }), cut)
  await assert.rejects(stage.ask({ name: 'localhost' }), cut)
  await assert.rejects(stage.ask({ name: `x${host}` }), cut)
  await granted(stage, { name: host.toUpperCase() })
})

test('a certificate counts only while it is active, whatever was issued to it before', async (t) => {
  const stage = await setDevices(t)
  for (const status of ['INACTIVE', 'REVOKED']) {
    await stage.iot('PUT', `/certificates/${stage.certificateId}?newStatus=${status}`)
    assert.deepEqual(told(await stage.ask()), invalidCertificate)
  }
  await stage.iot('PUT', `/certificates/${stage.certificateId}?newStatus=ACTIVE`)
  await granted(stage)
})

test('a certificate from elsewhere, none, and one that is over are all invalid on this endpoint', async (t) => {
  const stage = await setDevices(t)
  const wanted = { organizationalUnits: [], dns: [], uris: [], keyType: 'ec', lifetime: 3600 } as const
  const { certificate: pem, privateKey: keyPem } = await issueCertificate(stage.sandbox.cloud, {
    ...wanted,
    commonName: 'stranger',
  })
  assert.deepEqual(told(await stage.ask({ as: { pem, keyPem } })), invalidCertificate)
  assert.deepEqual(told(await stage.ask({ as: undefined })), invalidCertificate)
  const registered = await stage.iot('POST', '/certificate/register', { certificatePem: pem, status: 'ACTIVE' })
  const { certificateArn } = JSON.parse(registered.text)
  await stage.iot('PUT', '/target-policies/lamps', { target: certificateArn })
  await granted(stage, { as: { pem, keyPem } })
  stage.later(3600)
  assert.deepEqual(told(await stage.ask({ as: { pem, keyPem } })), invalidCertificate)
})

test('a certificate of one account is invalid on the endpoint of another', async (t) => {
  const stage = await setDevices(t)
  const [host] = credentialsEndpoint(stage.sandbox.cloud, otherAccount, 'us-east-1').split(':')
  assert.deepEqual(told(await stage.ask({ name: host ?? '' })), invalidCertificate)
})

test('a thing must be attached to the certificate, and one that is not there looks the same', async (t) => {
  const stage = await setDevices(t)
  await stage.iot('POST', '/things/kettle', {})
  const refused = [403, 'AccessDeniedException', 'Invalid thing name passed']
  assert.deepEqual(told(await stage.ask({ thing: 'kettle' })), refused)
  assert.deepEqual(told(await stage.ask({ thing: 'nothing' })), refused)
  await stage.iot('PUT', '/things/kettle/principals', undefined, { 'x-amzn-principal': stage.certificateArn })
  await granted(stage, { thing: 'kettle' })
})

test('without a policy access is denied, and nobody learns which aliases there are', async (t) => {
  const stage = await setDevices(t)
  assert.deepEqual(told(await stage.ask({ alias: 'nothing' })), accessDenied)
  await stage.iot('POST', '/target-policies/lamps', { target: stage.certificateArn })
  assert.deepEqual(told(await stage.ask()), accessDenied)
  await stage.iot('PUT', '/principal-policies/lamps', undefined, { 'x-amzn-iot-principal': stage.certificateArn })
  await granted(stage)
})

test('policies may speak of the thing and of the certificate', async (t) => {
  const stage = await setDevices(t)
  await stage.iot('POST', '/target-policies/lamps', { target: stage.certificateArn })
  const rolealias = `arn:aws:iot:us-east-1:${account}:rolealias`
  const own = allow('iot:AssumeRoleWithCertificate', `${rolealias}/\${iot:Connection.Thing.ThingName}`, {
    Bool: { 'iot:Connection.Thing.IsAttached': 'true' },
    StringEquals: {
      'iot:Connection.Thing.Attributes[floor]': '3',
      'iot:Certificate.Subject.CommonName': 'AWS IoT Certificate',
    },
  })
  await stage.iot('POST', '/policies/own', { policyDocument: own })
  await stage.iot('PUT', '/target-policies/own', { target: stage.certificateArn })
  await stage.iot('POST', '/role-aliases/lamp', { roleArn: `arn:aws:iam::${account}:role/device` })
  assert.deepEqual(told(await stage.ask({ alias: 'lamp' })), accessDenied)
  assert.deepEqual(told(await stage.ask({ alias: 'sensor', thing: 'lamp' })), accessDenied)
  await granted(stage, { alias: 'lamp', thing: 'lamp' })
})

test('an alias that may be used and is not there is told', async (t) => {
  const stage = await setDevices(t)
  await stage.iot('DELETE', '/role-aliases/sensor')
  assert.deepEqual(told(await stage.ask()), [404, 'ResourceNotFoundException', 'Role alias does not exist'])
})

test('the role must be there and trust the credentials provider', async (t) => {
  const stage = await setDevices(t)
  const { roles } = stage.sandbox.cloud
  addRole(stage, 'device', trust({ Service: 'ec2.amazonaws.com' }))
  assert.deepEqual(told(await stage.ask()), unable)
  roles.delete(keyOf(account, 'device'))
  assert.deepEqual(told(await stage.ask()), unable)
  addRole(stage, 'device', devicesTrust)
  await granted(stage)
})

test("an alias lasts no longer than its role's sessions may", async (t) => {
  const stage = await setDevices(t)
  await stage.iot('PUT', '/role-aliases/sensor', { credentialDurationSeconds: 3601 })
  const message = 'The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role'
  assert.deepEqual(told(await stage.ask()), [400, 'InvalidRequestException', message])
  addRole(stage, 'device', devicesTrust, { maxSessionDuration: 7200 })
  assert.equal((await stage.ask()).credentials.expiration, '2026-11-21T10:00:01Z')
})

test('what is no alias, and paths beside it, are not found', async (t) => {
  const stage = await setDevices(t)
  for (const path of ['/', '/role-aliases/../role-aliases/sensor/credentials', '/role-aliases/sensor'])
    assert.equal((await stage.ask({ path })).status, 404, path)
})
