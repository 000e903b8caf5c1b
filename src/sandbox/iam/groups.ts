import { type Group, keyOf, type User } from '../cloud.ts'
import { type Call, operation } from '../service.ts'
import { required } from '../shape.ts'
import { deleteConflict, entityAlreadyExists, noSuchEntity, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, group, user } from './nouns.ts'
import { page } from './page.ts'
import { newUniqueId } from './unique-id.ts'
import { byName, groupView, under, userSummary } from './views.ts'

const mostGroups = 10

const usersIn = (found: Group, call: Call): User[] =>
  [...under(call.cloud.users.values(), found.accountId)].filter(({ groups }) => groups.includes(found.name))

function checkNewName(name: string, call: Call): void {
  if (group.find({ GroupName: name }, call)) throw entityAlreadyExists(`Group with name ${name} already exists.`)
}

const createGroup = operation({
  input: { Path: members.path, GroupName: required(members.groupName) },
  needs: (input, call) => ({
    action: 'iam:CreateGroup',
    resource: arnIn(call, `group${input.Path ?? '/'}${input.GroupName}`),
  }),
  perform: (input, call) => {
    const { Path: path = '/', GroupName: name } = input
    const { accountId } = call.caller
    checkNewName(name, call)
    const created: Group = {
      accountId,
      name,
      path,
      id: newUniqueId(call.cloud, 'AGPA', accountId),
      arn: arnIn(call, `group${path}${name}`),
      createdAt: call.at.toISOString(),
      inline: {},
      attached: [],
    }
    group.put(call.cloud, created)
    return { Group: groupView(created) }
  },
})

const getGroup = operation({
  input: { GroupName: required(members.groupName), ...members.paging },
  needs: (input, call) => group.needs('GetGroup', input, call),
  perform: (input, call) => {
    const found = group.get(input, call)
    return { Group: groupView(found), ...page('Users', usersIn(found, call), byName, userSummary, input) }
  },
})

const listGroups = operation({
  input: { PathPrefix: members.pathPrefix, ...members.paging },
  needs: (input, call) => ({ action: 'iam:ListGroups', resource: arnIn(call, `group${input.PathPrefix ?? '/'}`) }),
  perform: (input, call) => {
    const groups = under(call.cloud.groups.values(), call.caller.accountId, input.PathPrefix)
    return page('Groups', groups, byName, groupView, input)
  },
})

const updateGroup = operation({
  input: { GroupName: required(members.groupName), NewPath: members.path, NewGroupName: members.groupName },
  needs: (input, call) => {
    const now = group.needs('UpdateGroup', input, call)
    const found = group.find(input, call)
    if (input.NewGroupName === undefined && input.NewPath === undefined) return now
    const next = `group${input.NewPath ?? found?.path ?? '/'}${input.NewGroupName ?? found?.name ?? input.GroupName}`
    return [now, { ...now, resource: arnIn(call, next) }]
  },
  perform: (input, call) => {
    const before = group.get(input, call)
    const { NewGroupName: name = before.name, NewPath: path = before.path } = input
    if (name.toLowerCase() !== before.name.toLowerCase()) checkNewName(name, call)
    const inside = usersIn(before, call)
    call.cloud.groups.delete(keyOf(before.accountId, before.name))
    group.put(call.cloud, { ...before, name, path, arn: arnIn(call, `group${path}${name}`) })
    for (const one of inside)
      user.put(call.cloud, { ...one, groups: one.groups.map((other) => (other === before.name ? name : other)) })
    return {}
  },
})

const deleteGroup = operation({
  input: { GroupName: required(members.groupName) },
  needs: (input, call) => group.needs('DeleteGroup', input, call),
  perform: (input, call) => {
    const found = group.get(input, call)
    const first =
      (found.attached.length > 0 && 'detach all policies') ||
      (Object.keys(found.inline).length > 0 && 'delete policies') ||
      (usersIn(found, call).length > 0 && 'remove users from group')
    if (first) throw deleteConflict(`Cannot delete entity, must ${first} first.`)
    call.cloud.groups.delete(keyOf(found.accountId, found.name))
    return {}
  },
})

const membership = { GroupName: required(members.groupName), UserName: required(members.existingUserName) }

const addUserToGroup = operation({
  input: membership,
  needs: (input, call) => group.needs('AddUserToGroup', input, call),
  perform: (input, call) => {
    const { name } = group.get(input, call)
    const member = user.get(input, call)
    if (member.groups.includes(name)) return {}
    if (member.groups.length >= mostGroups) throw quotaExceeded('GroupsPerUser', mostGroups)
    user.put(call.cloud, { ...member, groups: [...member.groups, name] })
    return {}
  },
})

const removeUserFromGroup = operation({
  input: membership,
  needs: (input, call) => group.needs('RemoveUserFromGroup', input, call),
  perform: (input, call) => {
    const { name } = group.get(input, call)
    const member = user.get(input, call)
    if (!member.groups.includes(name)) throw noSuchEntity(`The user with name ${member.name} is not in group ${name}.`)
    user.put(call.cloud, { ...member, groups: member.groups.filter((other) => other !== name) })
    return {}
  },
})

const listGroupsForUser = operation({
  input: { UserName: required(members.existingUserName), ...members.paging },
  needs: (input, call) => user.needs('ListGroupsForUser', input, call),
  perform: (input, call) => {
    const found = user
      .get(input, call)
      .groups.map((name) => group.find({ GroupName: name }, call))
      .filter((one) => one !== undefined)
    return page('Groups', found, byName, groupView, input)
  },
})

export const groups = {
  CreateGroup: createGroup,
  GetGroup: getGroup,
  ListGroups: listGroups,
  UpdateGroup: updateGroup,
  DeleteGroup: deleteGroup,
  AddUserToGroup: addUserToGroup,
  RemoveUserFromGroup: removeUserFromGroup,
  ListGroupsForUser: listGroupsForUser,
}
