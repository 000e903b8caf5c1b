import { keyOf, type User } from '../cloud.ts'
import { type Call, operation } from '../service.ts'
import { required } from '../shape.ts'
import { implicitUserName } from './caller.ts'
import { boundaryContext, checkBoundary, needsToCreate } from './creation.ts'
import { deleteConflict, entityAlreadyExists } from './faults.ts'
import * as members from './members.ts'
import { arnIn, user } from './nouns.ts'
import { page } from './page.ts'
import { renamePrincipal } from './principals.ts'
import { tagsOf } from './tag-context.ts'
import { newUniqueId } from './unique-id.ts'
import { accountSince, byName, under, userSummary, userView } from './views.ts'

const createUser = operation({
  input: {
    Path: members.path,
    UserName: required(members.userName),
    PermissionsBoundary: members.arn,
    Tags: members.tagList,
  },
  needs: (input, call) =>
    needsToCreate('CreateUser', 'TagUser', arnIn(call, `user${input.Path ?? '/'}${input.UserName}`), input),
  perform: (input, call) => {
    const { Path: path = '/', UserName: name } = input
    const { accountId } = call.caller
    const tags = tagsOf(input.Tags)
    checkNewName(name, call)
    checkBoundary(input.PermissionsBoundary, call)
    const created: User = {
      accountId,
      name,
      path,
      id: newUniqueId(call.cloud, 'AIDA', accountId),
      arn: arnIn(call, `user${path}${name}`),
      createdAt: call.at.toISOString(),
      inline: {},
      attached: [],
      groups: [],
      tags,
      ...(input.PermissionsBoundary !== undefined && { boundary: input.PermissionsBoundary }),
    }
    user.put(call.cloud, created)
    return { User: userView(created) }
  },
})

function checkNewName(name: string, call: Call): void {
  if (user.find({ UserName: name }, call)) throw entityAlreadyExists(`User with name ${name} already exists.`)
}

const getUser = operation({
  input: { UserName: members.existingUserName },
  needs: (input, call) => user.needs('GetUser', input, call),
  perform: (input, call) => {
    const asksForRoot = input.UserName === undefined && implicitUserName(call) === undefined
    return { User: asksForRoot ? rootView(call) : userView(user.get(input, call)) }
  },
})

const rootView = (call: Call) => ({
  UserId: call.caller.accountId,
  Arn: arnIn(call, 'root'),
  CreateDate: accountSince(call.cloud, call.caller.accountId),
})

const listUsers = operation({
  input: { PathPrefix: members.pathPrefix, ...members.paging },
  needs: (input, call) => ({ action: 'iam:ListUsers', resource: arnIn(call, `user${input.PathPrefix ?? '/'}`) }),
  perform: (input, call) => {
    const users = under(call.cloud.users.values(), call.caller.accountId, input.PathPrefix)
    return page('Users', users, byName, userSummary, input)
  },
})

const updateUser = operation({
  input: {
    UserName: required(members.existingUserName),
    NewPath: members.path,
    NewUserName: members.userName,
  },
  needs: (input, call) => {
    const now = user.needs('UpdateUser', input, call)
    const found = user.find(input, call)
    if (input.NewUserName === undefined && input.NewPath === undefined) return now
    // A rename must be allowed under the old ARN and under the new.
    const next = `user${input.NewPath ?? found?.path ?? '/'}${input.NewUserName ?? found?.name ?? input.UserName}`
    return [now, { ...now, resource: arnIn(call, next) }]
  },
  perform: (input, call) => {
    const before = user.get(input, call)
    const { NewUserName: name = before.name, NewPath: path = before.path } = input
    if (name.toLowerCase() !== before.name.toLowerCase()) checkNewName(name, call)
    const after: User = { ...before, name, path, arn: arnIn(call, `user${path}${name}`) }
    if (name !== before.name) {
      call.cloud.users.delete(keyOf(before.accountId, before.name))
      moveBelongings(before, after, call)
    }
    user.put(call.cloud, after)
    if (after.arn !== before.arn) renamePrincipal(call.cloud, before.arn, after.arn)
    return {}
  },
})

/** Keys, devices and sessions name their user; they follow it to its new name. */
function moveBelongings(before: User, after: User, { cloud }: Call): void {
  const ofUser = (thing: { readonly accountId: string; readonly userName?: string }): boolean =>
    thing.accountId === before.accountId && thing.userName === before.name
  for (const key of [...cloud.accessKeys.values()])
    if (ofUser(key)) cloud.accessKeys.put(key.id, { ...key, userName: after.name })
  for (const device of [...cloud.mfaDevices.values()])
    if (ofUser(device)) cloud.mfaDevices.put(device.serial, { ...device, userName: after.name })
  for (const session of [...cloud.sessions.values()]) {
    if (session.issuer.id !== before.id) continue
    const issuer = { name: after.name, id: after.id, arn: after.arn }
    const shown = session.kind === 'session-token' ? { arn: after.arn, principalArn: after.arn } : {}
    cloud.sessions.put(session.accessKeyId, { ...session, issuer, ...shown })
  }
}

const deleteUser = operation({
  input: { UserName: required(members.existingUserName) },
  needs: (input, call) => ({
    ...user.needs('DeleteUser', input, call, boundaryContext(user.find(input, call)?.boundary)),
  }),
  perform: (input, call) => {
    const found = user.get(input, call)
    const { cloud } = call
    const hasAny = (things: Iterable<{ readonly accountId: string; readonly userName?: string }>): boolean => {
      for (const thing of things) if (thing.accountId === found.accountId && thing.userName === found.name) return true
      return false
    }
    const first =
      (found.attached.length > 0 && 'detach all policies') ||
      (Object.keys(found.inline).length > 0 && 'delete policies') ||
      (hasAny(cloud.accessKeys.values()) && 'delete access keys') ||
      (found.login !== undefined && 'delete login profile') ||
      (hasAny(cloud.mfaDevices.values()) && 'delete MFA device') ||
      (found.groups.length > 0 && 'remove users from group')
    if (first) throw deleteConflict(`Cannot delete entity, must ${first} first.`)
    cloud.users.delete(keyOf(found.accountId, found.name))
    renamePrincipal(cloud, found.arn, found.id)
    return {}
  },
})

export const users = {
  CreateUser: createUser,
  GetUser: getUser,
  ListUsers: listUsers,
  UpdateUser: updateUser,
  DeleteUser: deleteUser,
}
