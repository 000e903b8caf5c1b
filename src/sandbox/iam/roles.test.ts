import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  GetRoleCommand,
  ListInstanceProfilesForRoleCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { account, anyoneMay, callerNamed, fault, root, stage, trusting } from './stage.test.ts'

const rootArn = `arn:aws:iam::${account}:root`
const create = (principal: string, name = 'dev') =>
  new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trusting(principal) })

test('a role is created, told with its trust policy as written, and changed', async () => {
  const iam = stage().as(root)
  const { Role } = await iam.send(create(rootArn))
  assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/dev`)
  assert.match(Role?.RoleId ?? '', /^AROA/)
  await assert.rejects(
    iam.send(create(rootArn, 'DEV')),
    fault('EntityAlreadyExists', 'Role with name DEV already exists.'),
  )
  await iam.send(new UpdateRoleCommand({ RoleName: 'dev', MaxSessionDuration: 43200, Description: 'for work' }))
  const told = (await iam.send(new GetRoleCommand({ RoleName: 'dev' }))).Role
  assert.equal(told?.MaxSessionDuration, 43200)
  assert.equal(told?.Description, 'for work')
  assert.equal(decodeURIComponent(told?.AssumeRolePolicyDocument ?? ''), trusting(rootArn))
  await assert.rejects(
    iam.send(new UpdateRoleCommand({ RoleName: 'dev', MaxSessionDuration: 43201 })),
    fault('ValidationError'),
  )
})

test('who is trusted must be there, unless in an account the sandbox does not hold', async () => {
  const iam = stage().as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann', Path: '/team/' }))
  for (const [number, principal] of [`${account}`, '*', 'arn:aws:iam::999988887777:user/who'].entries())
    await iam.send(create(principal, `role-${number}`))
  await iam.send(create(`arn:aws:iam::${account}:user/team/ann`))
  for (const missing of ['user/ann', 'user/ghost', 'role/ghost'])
    await assert.rejects(
      iam.send(create(`arn:aws:iam::${account}:${missing}`, 'other')),
      fault('MalformedPolicyDocument', `Invalid principal in policy: "AWS":"arn:aws:iam::${account}:${missing}"`),
    )
  await assert.rejects(
    iam.send(create(`arn:aws:sts::${account}:assumed-role/ghost/x`, 'other')),
    fault('MalformedPolicyDocument'),
  )
})

test('a trust policy is checked when it is written, and a refused one changes nothing', async () => {
  const iam = stage().as(root)
  await iam.send(create(rootArn))
  const update = (PolicyDocument: string) =>
    iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'dev', PolicyDocument }))
  await assert.rejects(update(anyoneMay), fault('MalformedPolicyDocument'))
  const long = Array.from({ length: 60 }, (_, number) => `arn:aws:iam::999988887777:user/number-${number}`)
  await assert.rejects(
    update(trusting('*').replace('"*"', JSON.stringify(long))),
    fault('LimitExceeded', 'Cannot exceed quota for ACLSizePerRole: 2048'),
  )
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'dev' }))
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), trusting(rootArn))
  await update(trusting('*'))
})

test('a role is handed to an instance profile by whoever may pass it, one role a profile', async () => {
  const here = stage()
  const iam = here.as(root)
  await iam.send(create(rootArn))
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }))
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  const allow = (actions: string) =>
    iam.send(
      new PutUserPolicyCommand({
        UserName: 'ann',
        PolicyName: 'p',
        PolicyDocument: anyoneMay.replace('"Action":"*"', `"Action":${actions}`),
      }),
    )
  const add = () =>
    here
      .as(callerNamed('ann'))
      .send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: 'web', RoleName: 'dev' }))
  await allow('"iam:AddRoleToInstanceProfile"')
  await assert.rejects(add(), fault('AccessDenied'))
  await allow('["iam:AddRoleToInstanceProfile","iam:PassRole"]')
  await add()
  await assert.rejects(add(), fault('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1'))
  const { InstanceProfiles } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: 'dev' }))
  assert.equal(InstanceProfiles?.[0]?.Roles?.[0]?.RoleName, 'dev')
})

test('a role is deleted only once it is bare', async () => {
  const iam = stage().as(root)
  await iam.send(create(rootArn))
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: 'web' }))
  const place = { InstanceProfileName: 'web', RoleName: 'dev' }
  await iam.send(new AddRoleToInstanceProfileCommand(place))
  const remove = () => iam.send(new DeleteRoleCommand({ RoleName: 'dev' }))
  await assert.rejects(
    remove(),
    fault('DeleteConflict', 'Cannot delete entity, must remove roles from instance profile first.'),
  )
  await assert.rejects(
    iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'web' })),
    fault('DeleteConflict'),
  )
  await iam.send(new RemoveRoleFromInstanceProfileCommand(place))
  await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: 'web' }))
  await remove()
  await assert.rejects(remove(), fault('NoSuchEntity', 'The role with name dev cannot be found.'))
})

test('a role with an inline policy is not deleted', async () => {
  const iam = stage().as(root)
  await iam.send(create(rootArn))
  await iam.send(new PutRolePolicyCommand({ RoleName: 'dev', PolicyName: 'all', PolicyDocument: anyoneMay }))
  await assert.rejects(
    iam.send(new DeleteRoleCommand({ RoleName: 'dev' })),
    fault('DeleteConflict', 'Cannot delete entity, must delete policies first.'),
  )
})

test('nobody makes a role that passes for one of AWS', async () => {
  const iam = stage().as(root)
  const under = (Path: string) =>
    iam.send(new CreateRoleCommand({ RoleName: 'dev', Path, AssumeRolePolicyDocument: trusting(rootArn) }))
  await assert.rejects(under('/aws-service-role/ec2.amazonaws.com/'), fault('InvalidInput'))
  await assert.rejects(under('/aws-reserved/sso.amazonaws.com/'), fault('InvalidInput'))
  await under('/team/aws-service-role/')
})
