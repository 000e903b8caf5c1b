import type { Cloud } from '../../cloud.ts'
import { validationError } from '../../fault.ts'
import { type Output, operation } from '../../service.ts'
import { required } from '../../shape.ts'
import { pageOf, paging } from '../page.ts'
import { newUuid, type PeopleGroup, stateOf } from '../state.ts'
import { alternateIdentifier, checkStore, duplicate, filters, id, inStore, needs, notFound, words } from './members.ts'

const createGroup = operation({
  input: { ...inStore, DisplayName: required(words), Description: words },
  needs: needs('CreateGroup'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const { cloud } = call
    if (groupNamed(cloud, input.DisplayName)) throw duplicate('GroupDisplayName')
    const group: PeopleGroup = {
      id: newUuid(cloud),
      displayName: input.DisplayName,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      createdAt: call.at.toISOString(),
    }
    stateOf(cloud).groups.put(group.id, group)
    return { GroupId: group.id, IdentityStoreId: input.IdentityStoreId }
  },
})

const describeGroup = operation({
  input: { ...inStore, GroupId: id },
  needs: needs('DescribeGroup'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    return viewOf(groupIn(call.cloud, input.GroupId), input.IdentityStoreId)
  },
})

const deleteGroup = operation({
  input: { ...inStore, GroupId: id },
  needs: needs('DeleteGroup'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const state = stateOf(call.cloud)
    const group = groupIn(call.cloud, input.GroupId)
    state.groups.delete(group.id)
    for (const one of [...state.memberships.values()]) if (one.groupId === group.id) state.memberships.delete(one.id)
    return {}
  },
})

const listGroups = operation({
  input: { ...inStore, Filters: filters, ...paging },
  needs: needs('ListGroups'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const wanted = (group: PeopleGroup): boolean =>
      (input.Filters ?? []).every(({ AttributePath, AttributeValue }) => {
        if (!/^displayName$/i.test(AttributePath))
          throw validationError(`Groups cannot be filtered by ${AttributePath}.`)
        return group.displayName.toLowerCase() === AttributeValue.toLowerCase()
      })
    const { items, next } = pageOf([...stateOf(call.cloud).groups.values()].filter(wanted), input)
    const groups = items.map((group) => viewOf(group, input.IdentityStoreId))
    return { Groups: groups, ...(next && { NextToken: next }) }
  },
})

const getGroupId = operation({
  input: { ...inStore, AlternateIdentifier: alternateIdentifier },
  needs: needs('GetGroupId'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const group = groupNamed(call.cloud, input.AlternateIdentifier.UniqueAttribute.AttributeValue)
    if (!group) throw notFound('GROUP', '')
    return { GroupId: group.id, IdentityStoreId: input.IdentityStoreId }
  },
})

export const groupOperations = {
  CreateGroup: createGroup,
  DescribeGroup: describeGroup,
  DeleteGroup: deleteGroup,
  ListGroups: listGroups,
  GetGroupId: getGroupId,
}

function groupIn(cloud: Cloud, groupId: string): PeopleGroup {
  const group = stateOf(cloud).groups.get(groupId)
  if (!group) throw notFound('GROUP', groupId)
  return group
}

function groupNamed(cloud: Cloud, name: string): PeopleGroup | undefined {
  const wanted = name.toLowerCase()
  return [...stateOf(cloud).groups.values()].find(({ displayName }) => displayName.toLowerCase() === wanted)
}

const viewOf = (group: PeopleGroup, storeId: string): Output => ({
  GroupId: group.id,
  DisplayName: group.displayName,
  ...(group.description === undefined ? {} : { Description: group.description }),
  IdentityStoreId: storeId,
  CreatedAt: new Date(group.createdAt),
})
