import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  DeleteGroupCommand,
  DeleteUserCommand,
  GetGroupCommand,
  GetUserCommand,
  ListGroupsForUserCommand,
  PutGroupPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateGroupCommand,
} from '@aws-sdk/client-iam'
import { anyoneMay, callerNamed, fault, root, stage } from './stage.test.ts'

async function withGroup() {
  const here = stage()
  const iam = here.as(root)
  await iam.send(new CreateUserCommand({ UserName: 'ann' }))
  await iam.send(new CreateGroupCommand({ GroupName: 'Dev' }))
  const add = (GroupName = 'dev') => iam.send(new AddUserToGroupCommand({ GroupName, UserName: 'ann' }))
  return { here, iam, add }
}

test('what a group may do, its users may, and only as long as they are in it', async () => {
  const { here, iam, add } = await withGroup()
  await iam.send(new PutGroupPolicyCommand({ GroupName: 'dev', PolicyName: 'all', PolicyDocument: anyoneMay }))
  const ask = () => here.as(callerNamed('ann')).send(new GetUserCommand({}))
  await assert.rejects(ask(), fault('AccessDenied'))
  await add()
  await add()
  await ask()
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'dev', UserName: 'ann' }))
  await assert.rejects(ask(), fault('AccessDenied'))
  await assert.rejects(
    iam.send(new RemoveUserFromGroupCommand({ GroupName: 'dev', UserName: 'ann' })),
    fault('NoSuchEntity'),
  )
})

test('a renamed group keeps its users', async () => {
  const { iam, add } = await withGroup()
  await add()
  await iam.send(new UpdateGroupCommand({ GroupName: 'dev', NewGroupName: 'build', NewPath: '/x/' }))
  const { Group, Users } = await iam.send(new GetGroupCommand({ GroupName: 'build' }))
  assert.match(Group?.Arn ?? '', /:group\/x\/build$/)
  assert.equal(Users?.[0]?.UserName, 'ann')
  const { Groups } = await iam.send(new ListGroupsForUserCommand({ UserName: 'ann' }))
  assert.equal(Groups?.[0]?.GroupName, 'build')
  await assert.rejects(
    iam.send(new GetGroupCommand({ GroupName: 'dev' })),
    fault('NoSuchEntity', 'The group with name dev cannot be found.'),
  )
})

test('neither a group with users nor a user in a group is deleted', async () => {
  const { iam, add } = await withGroup()
  await add()
  const conflict = fault('DeleteConflict', 'Cannot delete entity, must remove users from group first.')
  const removeGroup = () => iam.send(new DeleteGroupCommand({ GroupName: 'dev' }))
  const removeUser = () => iam.send(new DeleteUserCommand({ UserName: 'ann' }))
  await assert.rejects(removeGroup(), conflict)
  await assert.rejects(removeUser(), conflict)
  await iam.send(new RemoveUserFromGroupCommand({ GroupName: 'dev', UserName: 'ann' }))
  await removeGroup()
  await removeUser()
})

test('a user is in ten groups at most, and a name is taken whatever its case', async () => {
  const { iam, add } = await withGroup()
  await assert.rejects(
    iam.send(new CreateGroupCommand({ GroupName: 'DEV' })),
    fault('EntityAlreadyExists', 'Group with name DEV already exists.'),
  )
  for (let number = 1; number <= 11; number++) await iam.send(new CreateGroupCommand({ GroupName: `g${number}` }))
  for (let number = 1; number <= 10; number++) await add(`g${number}`)
  await assert.rejects(add('g11'), fault('LimitExceeded', 'Cannot exceed quota for GroupsPerUser: 10'))
})
