import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueCertificate } from '../../certificates/issue-certificate.ts'
import { iotTables } from '../../iot/state.ts'
import { account } from '../../stage.test.ts'
import { existing, refusedWith, resourceStage, typeOf } from './stage.test.ts'

const allowing = (Action: string) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource: '*' }],
})
const arn = (resource: string): string => `arn:aws:iot:us-east-1:${account}:${resource}`

test('a policy with a name changes in place, one version after another, and goes with all of them', async (t) => {
  const { cloud, at, inner } = await resourceStage(t)
  const type = typeOf('AWS::IoT::Policy')
  const propertiesAt = (step: number) => ({ PolicyName: 'lamps', PolicyDocument: allowing(`iot:Step${step}`) })
  let made = await type.create(propertiesAt(0), at)
  assert.deepEqual(made, { id: 'lamps', attributes: { Arn: arn('policy/lamps'), Id: 'lamps' } })
  assert.deepEqual(type.replacedBy, ['PolicyName'])
  const find = () => iotTables(cloud).policies.get(arn('policy/lamps'))
  for (let step = 1; step <= 6; step++) {
    made = await type.update(propertiesAt(step), existing(made, propertiesAt(step - 1)), at)
    assert.equal(find()?.document, JSON.stringify(propertiesAt(step).PolicyDocument))
  }
  assert.deepEqual([find()?.versions.length, find()?.defaultVersionId], [5, '7'])
  await type.update(propertiesAt(6), existing(made, propertiesAt(6)), at)
  assert.equal(find()?.defaultVersionId, '7')
  await refusedWith(
    type.update({ PolicyName: 'lamps', PolicyDocument: {} }, existing(made, propertiesAt(6)), at),
    'MalformedPolicyException',
  )
  await inner.invoke('iot', 'GetPolicy', { policyName: 'lamps' })
  await type.remove(existing(made, propertiesAt(6)), at)
  assert.equal(find(), undefined)
  await type.remove(existing(made, propertiesAt(6)), at)
})

test('a device is made of thing, certificate, policy and alias, bound together, and taken apart again', async (t) => {
  const { cloud, at, iam, inner } = await resourceStage(t)
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'credentials.iot.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  }
  for (const RoleName of ['device', 'other'])
    await iam('CreateRole', { RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) })
  const RoleArn = `arn:aws:iam::${account}:role/device`
  const wanted = { organizationalUnits: [], dns: [], uris: [], keyType: 'ec', lifetime: 3600, commonName: 'x' } as const
  const { certificate: CertificatePem } = await issueCertificate(cloud, wanted)

  const steps = [
    ['AWS::IoT::Thing', { ThingName: 'lamp', AttributePayload: { Attributes: { floor: '3' } } }],
    ['AWS::IoT::Policy', { PolicyName: 'lamps', PolicyDocument: allowing('iot:Connect') }],
    ['AWS::IoT::RoleAlias', { RoleAlias: 'sensor', RoleArn, CredentialDurationSeconds: 900 }],
    ['AWS::IoT::Certificate', { CertificatePem, CertificateMode: 'SNI_ONLY', Status: 'ACTIVE' }],
  ] as const
  const made = []
  for (const [name, properties] of steps) {
    const type = typeOf(name)
    made.push({ type, one: existing(await type.create(properties, at), properties) })
  }
  const [thing, , alias, certificate] = made
  assert.ok(thing && alias && certificate)
  const Principal = String(certificate.one.attributes.Arn)
  for (const [name, properties] of [
    ['AWS::IoT::PolicyPrincipalAttachment', { PolicyName: 'lamps', Principal }],
    ['AWS::IoT::ThingPrincipalAttachment', { ThingName: 'lamp', Principal }],
  ] as const) {
    const type = typeOf(name)
    made.push({ type, one: existing(await type.create(properties, at), properties) })
  }
  const tables = iotTables(cloud)
  assert.deepEqual(tables.certificates.get(Principal)?.policies, ['lamps'])
  assert.deepEqual(tables.things.get(arn('thing/lamp'))?.principals, [Principal])

  await thing.type.update({ ThingName: 'lamp' }, thing.one, at)
  assert.deepEqual(tables.things.get(arn('thing/lamp'))?.attributes, {})
  const other = `arn:aws:iam::${account}:role/other`
  await alias.type.update({ RoleAlias: 'sensor', RoleArn: other }, alias.one, at)
  const { roleArn, duration } = tables.roleAliases.get(arn('rolealias/sensor')) ?? {}
  assert.deepEqual([roleArn, duration], [other, 3600])
  await certificate.type.update({ Status: 'INACTIVE' }, certificate.one, at)
  assert.equal(tables.certificates.get(Principal)?.status, 'INACTIVE')
  await certificate.type.update({ Status: 'ACTIVE' }, certificate.one, at)

  await refusedWith(certificate.type.remove(certificate.one, at), 'DeleteConflictException')
  await inner.invoke('iot', 'UpdateCertificate', { certificateId: certificate.one.id, newStatus: 'ACTIVE' })
  for (const { type, one } of made.toReversed()) await type.remove(one, at)
  for (const { type, one } of made.toReversed()) await type.remove(one, at)
  assert.deepEqual([tables.things.size, tables.policies.size, tables.roleAliases.size], [0, 0, 0])
  assert.equal(tables.certificates.size, 0)
})

test('nobody makes through a stack what they may not, and what is not known is refused', async (t) => {
  const { at, nobody, without } = await resourceStage(t)
  for (const [name, properties] of [
    ['AWS::IoT::Thing', { ThingName: 'lamp' }],
    ['AWS::IoT::Policy', { PolicyDocument: allowing('iot:Connect') }],
    ['AWS::IoT::RoleAlias', { RoleArn: `arn:aws:iam::${account}:role/device` }],
  ] as const) {
    await refusedWith(typeOf(name).create(properties, without(nobody)), 'AccessDenied', /iot:Create/)
    await refusedWith(
      typeOf(name).create({ ...properties, Colour: 'red' }, at),
      'ValidationError',
      /unsupported property Colour/,
    )
  }
})
