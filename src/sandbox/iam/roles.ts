import { keyOf, type Role } from '../cloud.ts'
import { type Call, operation } from '../service.ts'
import { required } from '../shape.ts'
import { boundaryContext, checkBoundary, needsToCreate } from './creation.ts'
import { deleteConflict, entityAlreadyExists, invalidInput, protectedRole, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, role } from './nouns.ts'
import { page } from './page.ts'
import { acceptPolicy, policySize } from './policy-text.ts'
import { checkPrincipals, renamePrincipal } from './principals.ts'
import { tagsOf } from './tag-context.ts'
import { newUniqueId } from './unique-id.ts'
import { byName, roleSummary, roleView, under } from './views.ts'

const mostTrust = 2048

/** Refuses a trust policy IAM would not keep. */
function checkTrust(text: string, call: Call): void {
  checkPrincipals(acceptPolicy(text, 'trust'), call.cloud)
  if (policySize(text) > mostTrust) throw quotaExceeded('ACLSizePerRole', mostTrust)
}

/** Roles under these paths are made by AWS alone; organisation policies do not bind the service-linked ones. */
const reservedPaths = ['/aws-service-role/', '/aws-reserved/']

function checkPath(path: string): void {
  const reserved = reservedPaths.find((prefix) => path.startsWith(prefix))
  if (reserved !== undefined) throw invalidInput(`The path ${reserved} is reserved for AWS.`)
}

const createRole = operation({
  input: {
    Path: members.path,
    RoleName: required(members.roleName),
    AssumeRolePolicyDocument: required(members.policyDocument),
    Description: members.roleDescription,
    MaxSessionDuration: members.sessionDuration,
    PermissionsBoundary: members.arn,
    Tags: members.tagList,
  },
  needs: (input, call) =>
    needsToCreate('CreateRole', 'TagRole', arnIn(call, `role${input.Path ?? '/'}${input.RoleName}`), input),
  perform: (input, call) => {
    const { Path: path = '/', RoleName: name, AssumeRolePolicyDocument: trust } = input
    const { accountId } = call.caller
    const tags = tagsOf(input.Tags)
    checkPath(path)
    checkTrust(trust, call)
    if (role.find(input, call)) throw entityAlreadyExists(`Role with name ${name} already exists.`)
    checkBoundary(input.PermissionsBoundary, call)
    const created: Role = {
      accountId,
      name,
      path,
      id: newUniqueId(call.cloud, 'AROA', accountId),
      arn: arnIn(call, `role${path}${name}`),
      createdAt: call.at.toISOString(),
      inline: {},
      attached: [],
      trust,
      maxSessionDuration: input.MaxSessionDuration ?? 3600,
      tags,
      ...(input.Description !== undefined && { description: input.Description }),
      ...(input.PermissionsBoundary !== undefined && { boundary: input.PermissionsBoundary }),
    }
    role.put(call.cloud, created)
    return { Role: roleView(created) }
  },
})

const getRole = operation({
  input: { RoleName: required(members.roleName) },
  needs: (input, call) => role.needs('GetRole', input, call),
  perform: (input, call) => ({ Role: roleView(role.get(input, call)) }),
})

const listRoles = operation({
  input: { PathPrefix: members.pathPrefix, ...members.paging },
  needs: (input, call) => ({ action: 'iam:ListRoles', resource: arnIn(call, `role${input.PathPrefix ?? '/'}`) }),
  perform: (input, call) => {
    const roles = under(call.cloud.roles.values(), call.caller.accountId, input.PathPrefix)
    return page('Roles', roles, byName, roleSummary, input)
  },
})

const updateRole = operation({
  input: {
    RoleName: required(members.roleName),
    Description: members.roleDescription,
    MaxSessionDuration: members.sessionDuration,
  },
  emptyResult: true,
  needs: (input, call) => role.needs('UpdateRole', input, call),
  perform: (input, call) => {
    const before = role.get(input, call)
    role.put(call.cloud, {
      ...before,
      ...(input.Description !== undefined && { description: input.Description }),
      maxSessionDuration: input.MaxSessionDuration ?? before.maxSessionDuration,
    })
    return {}
  },
})

const updateRoleDescription = operation({
  input: { RoleName: required(members.roleName), Description: required(members.roleDescription) },
  needs: (input, call) => role.needs('UpdateRoleDescription', input, call),
  perform: (input, call) => {
    const after = { ...role.get(input, call), description: input.Description }
    role.put(call.cloud, after)
    return { Role: roleSummary(after) }
  },
})

const updateAssumeRolePolicy = operation({
  input: { RoleName: required(members.roleName), PolicyDocument: required(members.policyDocument) },
  needs: (input, call) => role.needs('UpdateAssumeRolePolicy', input, call),
  perform: (input, call) => {
    const before = role.get(input, call)
    checkTrust(input.PolicyDocument, call)
    role.put(call.cloud, { ...before, trust: input.PolicyDocument })
    return {}
  },
})

const deleteRole = operation({
  input: { RoleName: required(members.roleName) },
  needs: (input, call) => role.needs('DeleteRole', input, call, boundaryContext(role.find(input, call)?.boundary)),
  perform: (input, call) => {
    const found = role.get(input, call)
    const { cloud } = call
    if (/^\/aws-(?:reserved|service-role)\//.test(found.path)) throw protectedRole(found.name)
    const profiles = under(cloud.instanceProfiles.values(), found.accountId)
    const first =
      ([...profiles].some((profile) => profile.roles.includes(found.name)) && 'remove roles from instance profile') ||
      (found.attached.length > 0 && 'detach all policies') ||
      (Object.keys(found.inline).length > 0 && 'delete policies')
    if (first) throw deleteConflict(`Cannot delete entity, must ${first} first.`)
    cloud.roles.delete(keyOf(found.accountId, found.name))
    renamePrincipal(cloud, found.arn, found.id)
    return {}
  },
})

export const roles = {
  CreateRole: createRole,
  GetRole: getRole,
  ListRoles: listRoles,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  DeleteRole: deleteRole,
}
