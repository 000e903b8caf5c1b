import assert from 'node:assert/strict'
import { test } from 'node:test'
import { leafExtensions, make, revoke } from '../../roles-anywhere/stage.test.ts'
import { rolesAnywhereState } from '../../roles-anywhere/state.ts'
import { account } from '../../stage.test.ts'
import type { Properties, Provisioning } from '../resource-type.ts'
import { existing, refusedWith, resourceStage, typeOf } from './stage.test.ts'

const bundle = (X509CertificateData: string) => ({
  SourceType: 'CERTIFICATE_BUNDLE',
  SourceData: { X509CertificateData },
})
const RoleArns = [`arn:aws:iam::${account}:role/web`]
const tag = (Key: string, Value: string) => ({ Key, Value })

test('a trust anchor is made, changed in place with its tags and settings, and removed', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const { pem } = await make()
  const type = typeOf('AWS::RolesAnywhere::TrustAnchor')
  const first: Properties = {
    ...{ Name: 'ca', Source: bundle(pem), Enabled: true, Tags: [tag('kind', 'ca')] },
    NotificationSettings: [{ Event: 'CA_CERTIFICATE_EXPIRY', Enabled: false, Threshold: 10 }],
  }
  const made = await type.create(first, at)
  const { TrustAnchorArn } = made.attributes
  assert.match(String(TrustAnchorArn), new RegExp(`:trust-anchor/${made.id}$`))
  const find = () => rolesAnywhereState(cloud).trustAnchors.get(String(TrustAnchorArn))
  const noticed = () => find()?.notifications.find(({ event }) => event === 'CA_CERTIFICATE_EXPIRY')
  assert.deepEqual([find()?.enabled, find()?.tags], [true, { team: 'blue', kind: 'ca' }])
  assert.deepEqual([noticed()?.enabled, noticed()?.threshold], [false, 10])

  const other = { pem: (await make()).pem }
  const second: Properties = { Name: 'other', Source: bundle(other.pem), Tags: [tag('level', '1')] }
  const green: Provisioning = { ...at, tags: { team: 'green' } }
  assert.deepEqual(await type.update(second, existing(made, first), green), made)
  const { name, enabled, bundle: kept, tags } = find() ?? {}
  assert.deepEqual([name, enabled, kept, tags], ['other', false, other.pem, { team: 'green', level: '1' }])
  assert.deepEqual([noticed()?.enabled, noticed()?.threshold], [true, 45])

  await type.remove(existing(made, second), at)
  assert.equal(find(), undefined)
  await type.remove(existing(made, second), at)
})

test('a certificate that is no authority is refused', async (t) => {
  const { at } = await resourceStage(t)
  const leaf = await make({ issuer: await make(), extensions: leafExtensions })
  const type = typeOf('AWS::RolesAnywhere::TrustAnchor')
  await refusedWith(type.create({ Name: 'ca', Source: bundle(leaf.pem) }, at), 'ValidationException', /CA certificates/)
  await refusedWith(type.create({ Name: 'ca', Source: bundle(leaf.pem), Colour: 1 }, at), 'ValidationError', /Colour/)
})

test('a profile is made with all it has; what a change leaves out is again as in a new one', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const type = typeOf('AWS::RolesAnywhere::Profile')
  const first: Properties = {
    ...{ Name: 'web', RoleArns, Enabled: true, DurationSeconds: 900, AcceptRoleSessionName: true },
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    RequireInstanceProperties: true,
    AttributeMappings: [{ CertificateField: 'x509Subject', MappingRules: [{ Specifier: 'CN' }] }],
    Tags: [tag('kind', 'web')],
  }
  const made = await type.create(first, at)
  const find = () => rolesAnywhereState(cloud).profiles.get(String(made.attributes.ProfileArn))
  assert.deepEqual(find()?.mappings.x509Subject, ['CN'])
  assert.deepEqual([find()?.requireInstanceProperties, find()?.duration, find()?.enabled], [true, 900, true])
  assert.deepEqual(type.replacedBy, ['RequireInstanceProperties'])

  const second: Properties = { Name: 'site', RoleArns, RequireInstanceProperties: true }
  await type.update(second, existing(made, first), at)
  const { name, enabled, duration, managedPolicyArns, acceptRoleSessionName, mappings, tags } = find() ?? {}
  assert.deepEqual([name, enabled, duration, managedPolicyArns], ['site', false, 3600, []])
  assert.deepEqual([acceptRoleSessionName, mappings?.x509Subject, tags], [false, ['*'], { team: 'blue' }])

  await type.remove(existing(made, second), at)
  assert.equal(find(), undefined)
  await type.remove(existing(made, second), at)
})

test('a profile whose mapping is refused leaves nothing', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const type = typeOf('AWS::RolesAnywhere::Profile')
  const mapped = (Specifier: string): Properties => ({
    ...{ Name: 'web', RoleArns },
    AttributeMappings: [{ CertificateField: 'x509SAN', MappingRules: [{ Specifier }] }],
  })
  await refusedWith(type.create(mapped('CN'), at), 'ValidationException', /specifier CN/)
  assert.equal(rolesAnywhereState(cloud).profiles.size, 0)
  await type.create(mapped('DNS'), at)
})

test('a session policy is changed, and cannot be taken away', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const type = typeOf('AWS::RolesAnywhere::Profile')
  const policyFor = (Action: string): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] })
  const first: Properties = { Name: 'web', RoleArns, SessionPolicy: policyFor('s3:Get*') }
  const made = await type.create(first, at)
  await type.update({ ...first, SessionPolicy: policyFor('s3:List*') }, existing(made, first), at)
  const kept = rolesAnywhereState(cloud).profiles.get(String(made.attributes.ProfileArn))
  assert.equal(kept?.sessionPolicy, policyFor('s3:List*'))
  await refusedWith(type.update({ Name: 'web', RoleArns }, existing(made, first), at), 'ValidationError', /taken away/)
})

test('a revocation list is imported, changed, switched and removed', async (t) => {
  const { cloud, at } = await resourceStage(t)
  const root = await make()
  const anchor = await typeOf('AWS::RolesAnywhere::TrustAnchor').create({ Name: 'ca', Source: bundle(root.pem) }, at)
  const type = typeOf('AWS::RolesAnywhere::CRL')
  const pemOf = (der: Uint8Array): string =>
    `-----BEGIN X509 CRL-----\n${Buffer.from(der).toString('base64')}\n-----END X509 CRL-----\n`
  const TrustAnchorArn = String(anchor.attributes.TrustAnchorArn)
  const first: Properties = { Name: 'crl', CrlData: pemOf(await revoke(root, '0bad')), TrustAnchorArn, Enabled: true }
  const made = await type.create(first, at)
  assert.deepEqual(made.attributes, { CrlId: made.id })
  const find = () => [...rolesAnywhereState(cloud).revocationLists.values()].find(({ id }) => id === made.id)
  assert.deepEqual([find()?.enabled, find()?.tags], [true, { team: 'blue' }])
  const second: Properties = { ...first, Name: 'other', Enabled: false, Tags: [tag('a', 'b')] }
  await type.update(second, existing(made, first), at)
  assert.deepEqual([find()?.name, find()?.enabled, find()?.tags], ['other', false, { team: 'blue', a: 'b' }])
  await refusedWith(type.create({ ...first, CrlData: 'none' }, at), 'ValidationException', /Invalid CRL/)
  await type.remove(existing(made, second), at)
  assert.equal(find(), undefined)
  await type.remove(existing(made, second), at)
})

test('nobody makes through a stack what they may not', async (t) => {
  const { at, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::RolesAnywhere::Profile')
  await refusedWith(type.create({ Name: 'web', RoleArns }, without(nobody)), 'AccessDenied', /CreateProfile/)
  await type.create({ Name: 'web', RoleArns }, at)
})
