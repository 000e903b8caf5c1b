import { type InstanceProfile, keyOf } from '../cloud.ts'
import { operation } from '../service.ts'
import { required } from '../shape.ts'
import { needsToCreate } from './creation.ts'
import { deleteConflict, entityAlreadyExists, noSuchEntity, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, instanceProfile, role } from './nouns.ts'
import { page } from './page.ts'
import { tagsOf } from './tag-context.ts'
import { newUniqueId } from './unique-id.ts'
import { byName, instanceProfileView, under } from './views.ts'

const named = { InstanceProfileName: required(members.instanceProfileName) }

const createInstanceProfile = operation({
  input: { ...named, Path: members.path, Tags: members.tagList },
  needs: (input, call) => {
    const resource = arnIn(call, `instance-profile${input.Path ?? '/'}${input.InstanceProfileName}`)
    return needsToCreate('CreateInstanceProfile', 'TagInstanceProfile', resource, input)
  },
  perform: (input, call) => {
    const { InstanceProfileName: name, Path: path = '/' } = input
    const { accountId } = call.caller
    const tags = tagsOf(input.Tags)
    if (instanceProfile.find(input, call)) throw entityAlreadyExists(`Instance Profile ${name} already exists.`)
    const created: InstanceProfile = {
      accountId,
      name,
      path,
      id: newUniqueId(call.cloud, 'AIPA', accountId),
      arn: arnIn(call, `instance-profile${path}${name}`),
      createdAt: call.at.toISOString(),
      roles: [],
      tags,
    }
    instanceProfile.put(call.cloud, created)
    return { InstanceProfile: instanceProfileView(created, call.cloud) }
  },
})

const getInstanceProfile = operation({
  input: named,
  needs: (input, call) => instanceProfile.needs('GetInstanceProfile', input, call),
  perform: (input, call) => ({
    InstanceProfile: instanceProfileView(instanceProfile.get(input, call), call.cloud),
  }),
})

const listInstanceProfiles = operation({
  input: { PathPrefix: members.pathPrefix, ...members.paging },
  needs: (input, call) => ({
    action: 'iam:ListInstanceProfiles',
    resource: arnIn(call, `instance-profile${input.PathPrefix ?? '/'}`),
  }),
  perform: (input, { cloud, caller }) => {
    const found = under(cloud.instanceProfiles.values(), caller.accountId, input.PathPrefix)
    return page('InstanceProfiles', found, byName, (profile) => instanceProfileView(profile, cloud), input)
  },
})

const listInstanceProfilesForRole = operation({
  input: { RoleName: required(members.roleName), ...members.paging },
  needs: (input, call) => role.needs('ListInstanceProfilesForRole', input, call),
  perform: (input, call) => {
    const { cloud } = call
    const { name, accountId } = role.get(input, call)
    const found = [...under(cloud.instanceProfiles.values(), accountId)].filter(({ roles }) => roles.includes(name))
    return page('InstanceProfiles', found, byName, (profile) => instanceProfileView(profile, cloud), input)
  },
})

const addRoleToInstanceProfile = operation({
  input: { ...named, RoleName: required(members.roleName) },
  needs: (input, call) => [
    instanceProfile.needs('AddRoleToInstanceProfile', input, call),
    role.needs('PassRole', input, call, { 'iam:PassedToService': 'ec2.amazonaws.com' }),
  ],
  perform: (input, call) => {
    const profile = instanceProfile.get(input, call)
    const { name } = role.get(input, call)
    if (profile.roles.length > 0) throw quotaExceeded('InstanceSessionsPerInstanceProfile', 1)
    instanceProfile.put(call.cloud, { ...profile, roles: [name] })
    return {}
  },
})

const removeRoleFromInstanceProfile = operation({
  input: { ...named, RoleName: required(members.roleName) },
  needs: (input, call) => instanceProfile.needs('RemoveRoleFromInstanceProfile', input, call),
  perform: (input, call) => {
    const profile = instanceProfile.get(input, call)
    const { name } = role.get(input, call)
    if (!profile.roles.includes(name))
      throw noSuchEntity(`Role ${name} in Instance Profile ${profile.name} cannot be found.`)
    instanceProfile.put(call.cloud, { ...profile, roles: profile.roles.filter((other) => other !== name) })
    return {}
  },
})

const deleteInstanceProfile = operation({
  input: named,
  needs: (input, call) => instanceProfile.needs('DeleteInstanceProfile', input, call),
  perform: (input, call) => {
    const profile = instanceProfile.get(input, call)
    if (profile.roles.length > 0)
      throw deleteConflict('Cannot delete entity, must remove roles from instance profile first.')
    call.cloud.instanceProfiles.delete(keyOf(profile.accountId, profile.name))
    return {}
  },
})

export const instanceProfiles = {
  CreateInstanceProfile: createInstanceProfile,
  GetInstanceProfile: getInstanceProfile,
  ListInstanceProfiles: listInstanceProfiles,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
  AddRoleToInstanceProfile: addRoleToInstanceProfile,
  RemoveRoleFromInstanceProfile: removeRoleFromInstanceProfile,
  DeleteInstanceProfile: deleteInstanceProfile,
}
