import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyOf } from '../../../cloud.ts'
import { metadataXml } from '../../../saml-idp/metadata.ts'
import { identity } from '../../../saml-idp/stage.test.ts'
import { account } from '../../../stage.test.ts'
import { existing, refusedWith, resourceStage, typeOf } from '../stage.test.ts'

const AssumeRolePolicyDocument = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
})

test('an access key tells its secret once made, is switched off and on, and goes', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::AccessKey')
  await iam('CreateUser', { UserName: 'ann' })
  const first = { UserName: 'ann', Status: 'Inactive', Serial: 1 }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied', /iam:CreateAccessKey/)
  await refusedWith(type.create({ ...first, Status: 'Broken' }, at), 'ValidationError')
  assert.equal([...cloud.accessKeys.values()].filter(({ userName }) => userName === 'ann').length, 0)
  const made = await type.create(first, at)
  const find = () => cloud.accessKeys.get(made.id)
  assert.equal(made.attributes.SecretAccessKey, find()?.secret)
  assert.equal(find()?.status, 'Inactive')
  const second = { UserName: 'ann', Serial: 1 }
  assert.deepEqual(await type.update(second, existing(made, first), at), made)
  assert.equal(find()?.status, 'Active')
  assert.deepEqual(type.replacedBy, ['Serial', 'UserName'])
  await type.remove(existing(made, second), at)
  assert.equal(find(), undefined)
})

test('an instance profile changes its role in place', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::InstanceProfile')
  for (const RoleName of ['one', 'two']) await iam('CreateRole', { RoleName, AssumeRolePolicyDocument })
  const first = { Path: '/web/', Roles: ['one'] }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
  const made = await type.create(first, at)
  assert.equal(made.attributes.Arn, `arn:aws:iam::${account}:instance-profile/web/${made.id}`)
  const second = { ...first, Roles: ['two'] }
  await type.update(second, existing(made, first), at)
  const find = () => cloud.instanceProfiles.get(keyOf(account, made.id))
  assert.deepEqual(find()?.roles, ['two'])
  assert.deepEqual(type.replacedBy, ['InstanceProfileName', 'Path'])
  await type.remove(existing(made, second), at)
  assert.equal(find(), undefined)
})

test('users are added to a group, and taken out when the addition goes', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::UserToGroupAddition')
  for (const UserName of ['ann', 'bob', 'cyd']) await iam('CreateUser', { UserName })
  await iam('CreateGroup', { GroupName: 'crew' })
  await iam('AddUserToGroup', { GroupName: 'crew', UserName: 'cyd' })
  const crew = () => [...cloud.users.values()].filter(({ groups }) => groups.includes('crew')).map(({ name }) => name)
  const first = { GroupName: 'crew', Users: ['ann'] }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
  const made = await type.create(first, at)
  const second = { GroupName: 'crew', Users: ['bob'] }
  await type.update(second, existing(made, first), at)
  assert.deepEqual(crew().sort(), ['bob', 'cyd'])
  assert.deepEqual(type.replacedBy, ['GroupName'])
  await type.remove(existing(made, second), at)
  assert.deepEqual(crew(), ['cyd'])
})

test('an OpenID Connect provider changes its audiences, thumbprints and tags in place', async (t) => {
  const { cloud, at, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::OIDCProvider')
  const first = { Url: 'https://id.example', ClientIdList: ['a', 'b'], Tags: [{ Key: 'x', Value: '1' }] }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
  const made = await type.create(first, at)
  assert.deepEqual(made, { id: made.id, attributes: { Arn: `arn:aws:iam::${account}:oidc-provider/id.example` } })
  const second = { Url: first.Url, ClientIdList: ['b', 'c'], ThumbprintList: ['a'.repeat(40)] }
  await type.update(second, existing(made, first), at)
  const { clientIds, thumbprints, tags } = cloud.oidcProviders.get(made.id) ?? {}
  assert.deepEqual([clientIds, thumbprints, tags], [['b', 'c'], second.ThumbprintList, { team: 'blue' }])
  assert.deepEqual(type.replacedBy, ['Url'])
  await type.remove(existing(made, second), at)
  assert.equal(cloud.oidcProviders.get(made.id), undefined)
})

test('a SAML provider changes its metadata in place', async (t) => {
  const { cloud, at, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::SAMLProvider')
  const metadata = async (port: number) => metadataXml(`http://127.0.0.1:${port}`, (await identity('idp')).certificate)
  const first = { Name: 'idp', SamlMetadataDocument: await metadata(1) }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
  const made = await type.create(first, at)
  assert.deepEqual(made.attributes, { Arn: `arn:aws:iam::${account}:saml-provider/idp` })
  const second = { Name: 'idp', SamlMetadataDocument: await metadata(2) }
  await type.update(second, existing(made, first), at)
  assert.equal(cloud.samlProviders.get(made.id)?.metadata, second.SamlMetadataDocument)
  assert.deepEqual(type.replacedBy, ['Name'])
  await type.remove(existing(made, second), at)
  assert.equal(cloud.samlProviders.get(made.id), undefined)
})

test('a virtual MFA device is made and removed, unless somebody uses it', async (t) => {
  const { cloud, at, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::VirtualMFADevice')
  const first = { VirtualMfaDeviceName: 'phone', Users: [] }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied')
  const made = await type.create(first, at)
  assert.equal(made.attributes.SerialNumber, `arn:aws:iam::${account}:mfa/phone`)
  const second = { ...first, Tags: [{ Key: 'x', Value: 'y' }] }
  await type.update(second, existing(made, first), at)
  const device = cloud.mfaDevices.get(made.id)
  assert.ok(device)
  assert.equal(device.tags.x, 'y')
  cloud.mfaDevices.put(made.id, { ...device, userName: 'admin' })
  await refusedWith(type.remove(existing(made, second), at), 'DeleteConflict')
  cloud.mfaDevices.put(made.id, device)
  await type.remove(existing(made, second), at)
  assert.equal(cloud.mfaDevices.get(made.id), undefined)
})

test('a service-linked role has its name from the service, and is changed by nobody else', async (t) => {
  const { cloud, at, iam, nobody, without } = await resourceStage(t)
  const type = typeOf('AWS::IAM::ServiceLinkedRole')
  const first = { AWSServiceName: 'autoscaling.amazonaws.com', CustomSuffix: 'web', Description: 'one' }
  await refusedWith(type.create(first, without(nobody)), 'AccessDenied', /iam:CreateServiceLinkedRole/)
  await refusedWith(type.create({ AWSServiceName: 'toaster.amazonaws.com' }, at), 'InvalidInput')
  await refusedWith(type.create({ AWSServiceName: 'ecs.amazonaws.com', CustomSuffix: 'x' }, at), 'InvalidInput')
  const made = await type.create(first, at)
  assert.equal(made.id, 'AWSServiceRoleForAutoScaling_web')
  await refusedWith(type.create(first, at), 'InvalidInput', /has been taken in this account/)
  const RoleName = made.id
  const PolicyArn = 'arn:aws:iam::aws:policy/AdministratorAccess'
  await refusedWith(iam('AttachRolePolicy', { RoleName, PolicyArn }), 'UnmodifiableEntity')
  await refusedWith(
    iam('UpdateAssumeRolePolicy', { RoleName, PolicyDocument: AssumeRolePolicyDocument }),
    'UnmodifiableEntity',
  )
  await refusedWith(iam('DeleteRole', { RoleName }), 'UnmodifiableEntity')
  const second = { ...first, Description: 'two' }
  await type.update(second, existing(made, first), at)
  assert.equal(cloud.roles.get(keyOf(account, RoleName))?.description, 'two')
  await type.remove(existing(made, second), at)
  assert.equal(cloud.roles.get(keyOf(account, RoleName)), undefined)
  await iam('CreateRole', { RoleName: 'plain', AssumeRolePolicyDocument })
  await refusedWith(iam('DeleteServiceLinkedRole', { RoleName: 'plain' }), 'InvalidInput')
})
