import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  CreateGroupCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteUserPolicyCommand,
  GetUserPolicyCommand,
  ListUserPoliciesCommand,
  PutGroupPolicyCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { anyoneMay, fault, root, stage, trusting } from './stage.test.ts'

const sized = (length: number) => {
  const rest = anyoneMay.replace('"Action":"*"', '"Action":"s3:"').length
  return anyoneMay.replace('"Action":"*"', `"Action":"s3:${'a'.repeat(length - rest)}"`)
}

async function withUser() {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const put = (PolicyName: string, PolicyDocument: string) =>
    iam.send(new PutUserPolicyCommand({ UserName: 'ann', PolicyName, PolicyDocument }))
  const get = (PolicyName: string) => iam.send(new GetUserPolicyCommand({ UserName: 'ann', PolicyName }))
  return { iam, put, get }
}

test('a policy comes back byte for byte, percent-encoded on the way', async () => {
  const { put, get } = await withUser()
  const spaced = anyoneMay.replaceAll(',', ',\n\t  ').replace('"*"', '"s3:Get*"')
  await put('p', spaced)
  const { PolicyDocument } = await get('p')
  assert.doesNotMatch(PolicyDocument ?? '', /[\s"*{}!'()]/)
  assert.equal(decodeURIComponent(PolicyDocument ?? ''), spaced)
})

test('a policy that is no policy is refused, and the one before stays', async () => {
  const { put, get } = await withUser()
  await put('p', anyoneMay)
  await assert.rejects(put('p', '{"Version":"2012-10-17","Statement":[]}'), fault('MalformedPolicyDocument'))
  await assert.rejects(
    put('p', anyoneMay.replace('"Action"', '"Principal":"*","Action"')),
    fault('MalformedPolicyDocument', 'Policy document should not specify a principal.'),
  )
  await assert.rejects(put('p', 'ğ'), fault('ValidationError'))
  assert.equal(decodeURIComponent((await get('p')).PolicyDocument ?? ''), anyoneMay)
})

test('all the policies of a user are 2048 characters together at most', async () => {
  const { put } = await withUser()
  await put('p', sized(1000))
  await put('q', sized(1048))
  await put('q', sized(1048).replaceAll(':{', ':   {'))
  await assert.rejects(
    put('q', sized(1049)),
    fault('LimitExceeded', 'Maximum policy size of 2048 bytes exceeded for user ann'),
  )
})

test('groups may have 5120 characters and roles 10240', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateGroupCommand({ GroupName: 'g' }))
  await iam.send(new CreateRoleCommand({ RoleName: 'r', AssumeRolePolicyDocument: trusting('*') }))
  const group = (size: number) =>
    iam.send(new PutGroupPolicyCommand({ GroupName: 'g', PolicyName: 'p', PolicyDocument: sized(size) }))
  const role = (size: number) =>
    iam.send(new PutRolePolicyCommand({ RoleName: 'r', PolicyName: 'p', PolicyDocument: sized(size) }))
  await group(5120)
  await assert.rejects(group(5121), fault('LimitExceeded', 'Maximum policy size of 5120 bytes exceeded for group g'))
  await role(10_240)
  await assert.rejects(role(10_241), fault('LimitExceeded', 'Maximum policy size of 10240 bytes exceeded for role r'))
})

test('policies are listed, and deleted once', async () => {
  const { iam, put } = await withUser()
  await put('b', anyoneMay)
  await put('a', anyoneMay)
  const list = async () => (await iam.send(new ListUserPoliciesCommand({ UserName: 'ann' }))).PolicyNames
  assert.deepEqual(await list(), ['a', 'b'])
  const remove = () => iam.send(new DeleteUserPolicyCommand({ UserName: 'ann', PolicyName: 'a' }))
  await remove()
  assert.deepEqual(await list(), ['b'])
  await assert.rejects(remove(), fault('NoSuchEntity', 'The user policy with name a cannot be found.'))
})

test('a policy named as an object is built is only a name', async () => {
  const { iam, put, get } = await withUser()
  for (const name of ['__proto__', 'constructor']) {
    await assert.rejects(get(name), fault('NoSuchEntity'))
    await put(name, anyoneMay)
    assert.equal(decodeURIComponent((await get(name)).PolicyDocument ?? ''), anyoneMay)
  }
  assert.deepEqual((await iam.send(new ListUserPoliciesCommand({ UserName: 'ann' }))).PolicyNames, [
    '__proto__',
    'constructor',
  ])
})
