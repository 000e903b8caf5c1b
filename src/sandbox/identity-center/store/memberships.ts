import { type Call, type Output, operation } from '../../service.ts'
import { list, required, structure } from '../../shape.ts'
import { pageOf, paging } from '../page.ts'
import { type Membership, newUuid, stateOf } from '../state.ts'
import { checkStore, duplicate, id, inStore, needs, notFound } from './members.ts'

const member = { MemberId: required(structure({ UserId: id })) }

const createMembership = operation({
  input: { ...inStore, GroupId: id, ...member },
  needs: needs('CreateGroupMembership'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const { people, groups, memberships } = stateOf(call.cloud)
    const userId = input.MemberId.UserId
    if (!groups.get(input.GroupId)) throw notFound('GROUP', input.GroupId)
    if (!people.get(userId)) throw notFound('USER', userId)
    if (membershipOf(call, input.GroupId, userId)) throw duplicate('GroupMembership')
    const membership = { id: newUuid(call.cloud), groupId: input.GroupId, userId }
    memberships.put(membership.id, membership)
    return { IdentityStoreId: input.IdentityStoreId, MembershipId: membership.id }
  },
})

const deleteMembership = operation({
  input: { ...inStore, MembershipId: id },
  needs: needs('DeleteGroupMembership'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    if (!stateOf(call.cloud).memberships.delete(input.MembershipId))
      throw notFound('GROUP_MEMBERSHIP', input.MembershipId)
    return {}
  },
})

const listOfGroup = operation({
  input: { ...inStore, GroupId: id, ...paging },
  needs: needs('ListGroupMemberships'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    if (!stateOf(call.cloud).groups.get(input.GroupId)) throw notFound('GROUP', input.GroupId)
    return told(call, ({ groupId }) => groupId === input.GroupId, input)
  },
})

const listOfMember = operation({
  input: { ...inStore, ...member, ...paging },
  needs: needs('ListGroupMembershipsForMember'),
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    if (!stateOf(call.cloud).people.get(input.MemberId.UserId)) throw notFound('USER', input.MemberId.UserId)
    return told(call, ({ userId }) => userId === input.MemberId.UserId, input)
  },
})

const isMemberInGroups = operation({
  input: { ...inStore, ...member, GroupIds: required(list(id, { min: 1, max: 100 })) },
  needs: needs('IsMemberInGroups'),
  readOnly: true,
  perform: (input, call) => {
    checkStore(input.IdentityStoreId, call)
    const { UserId } = input.MemberId
    return {
      Results: input.GroupIds.map((GroupId) => ({
        GroupId,
        MemberId: { UserId },
        MembershipExists: membershipOf(call, GroupId, UserId) !== undefined,
      })),
    }
  },
})

export const membershipOperations = {
  CreateGroupMembership: createMembership,
  DeleteGroupMembership: deleteMembership,
  ListGroupMemberships: listOfGroup,
  ListGroupMembershipsForMember: listOfMember,
  IsMemberInGroups: isMemberInGroups,
}

function membershipOf({ cloud }: Call, groupId: string, userId: string): Membership | undefined {
  for (const one of stateOf(cloud).memberships.values())
    if (one.groupId === groupId && one.userId === userId) return one
  return undefined
}

interface ListInput {
  readonly IdentityStoreId: string
  readonly MaxResults?: number
  readonly NextToken?: string
}

function told({ cloud }: Call, which: (one: Membership) => boolean, input: ListInput): Output {
  const { items, next } = pageOf([...stateOf(cloud).memberships.values()].filter(which), input)
  const views = items.map((one) => ({
    IdentityStoreId: input.IdentityStoreId,
    MembershipId: one.id,
    GroupId: one.groupId,
    MemberId: { UserId: one.userId },
  }))
  return { GroupMemberships: views, ...(next && { NextToken: next }) }
}
