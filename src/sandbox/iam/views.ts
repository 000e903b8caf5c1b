import { encodeUri } from '../../wire/uri.ts'
import type { Cloud, Entity, Group, InstanceProfile, Role, User } from '../cloud.ts'
import { keyOf } from '../cloud.ts'
import type { Output } from '../service.ts'
import { tagView } from './tag-context.ts'

/** What a response says of a boundary. */
export const boundaryView = (arn: string | undefined): Output | undefined =>
  arn === undefined ? undefined : { PermissionsBoundaryType: 'Policy', PermissionsBoundaryArn: arn }

/** A user as lists tell it: without boundary and tags, which only GetUser and CreateUser tell. */
export const userSummary = (user: User): Output => ({
  Path: user.path,
  UserName: user.name,
  UserId: user.id,
  Arn: user.arn,
  CreateDate: new Date(user.createdAt),
  PasswordLastUsed: user.login?.lastUsed === undefined ? undefined : new Date(user.login.lastUsed),
})

export const userView = (user: User): Output => ({
  ...userSummary(user),
  PermissionsBoundary: boundaryView(user.boundary),
  Tags: tagView(user.tags),
})

export const groupView = (group: Group): Output => ({
  Path: group.path,
  GroupName: group.name,
  GroupId: group.id,
  Arn: group.arn,
  CreateDate: new Date(group.createdAt),
})

/** A role as lists tell it. */
export const roleSummary = (role: Role): Output => ({
  Path: role.path,
  RoleName: role.name,
  RoleId: role.id,
  Arn: role.arn,
  CreateDate: new Date(role.createdAt),
  AssumeRolePolicyDocument: encodeUri(role.trust),
  Description: role.description,
  MaxSessionDuration: role.maxSessionDuration,
})

export const roleView = (role: Role): Output => ({
  ...roleSummary(role),
  PermissionsBoundary: boundaryView(role.boundary),
  Tags: tagView(role.tags),
  RoleLastUsed: roleLastUsed(role),
})

export const roleLastUsed = (role: Role): Output =>
  role.lastUsed ? { LastUsedDate: new Date(role.lastUsed.at), Region: role.lastUsed.region } : {}

export const instanceProfileView = (profile: InstanceProfile, cloud: Cloud): Output => ({
  Path: profile.path,
  InstanceProfileName: profile.name,
  InstanceProfileId: profile.id,
  Arn: profile.arn,
  CreateDate: new Date(profile.createdAt),
  Roles: profile.roles
    .map((name) => cloud.roles.get(keyOf(profile.accountId, name)))
    .filter((role) => role !== undefined)
    .map(roleSummary),
  Tags: tagView(profile.tags),
})

/** Entities of the account whose path begins so. */
export function* under<T extends Pick<Entity, 'accountId' | 'path'>>(
  values: Iterable<T>,
  accountId: string,
  pathPrefix = '/',
): Generator<T> {
  for (const value of values) if (value.accountId === accountId && value.path.startsWith(pathPrefix)) yield value
}

/** The order lists are in: names without regard to case. */
export const byName = (entity: { readonly name: string }): string => entity.name.toLowerCase()

/** Since when there is an account: its first user. The sandbox keeps no other date of it. */
export function accountSince(cloud: Cloud, accountId: string): Date {
  const times = [...under(cloud.users.values(), accountId)].map(({ createdAt }) => new Date(createdAt).getTime())
  return times.length === 0 ? cloud.now() : new Date(Math.min(...times))
}
