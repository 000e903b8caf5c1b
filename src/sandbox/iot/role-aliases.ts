import { accountOfArn } from '../../model/arn.ts'
import { type Call, operation, type Permission } from '../service.ts'
import { required } from '../shape.ts'
import { alreadyExists, invalid, notFound } from './faults.ts'
import * as members from './members.ts'
import { arnOf, needs, newResource, onAll, own, pageOf, seconds } from './resources.ts'
import { iotTables, type RoleAlias } from './state.ts'

export const devicesPrincipal = 'credentials.iot.amazonaws.com'

const named = { roleAlias: members.roleAlias }
const settings = { credentialDurationSeconds: members.duration }

/** Who lets devices have a role must be allowed to hand it on. */
const toPass = (roleArn: string): readonly Permission[] => [
  { action: 'iam:GetRole', resource: roleArn },
  { action: 'iam:PassRole', resource: roleArn, context: { 'iam:PassedToService': devicesPrincipal } },
]

function find(call: Call, name: string): RoleAlias {
  const found = iotTables(call.cloud).roleAliases.get(arnOf(call, 'rolealias', name))
  if (found) return found
  throw notFound(`Role alias ${name} does not exist`)
}

function assertOwn(call: Call, roleArn: string): void {
  if (accountOfArn(roleArn) !== call.caller.accountId || !/:iam::\d{12}:role\//.test(roleArn))
    throw invalid(`Invalid role ARN: ${roleArn}`)
}

export const roleAliases = {
  CreateRoleAlias: operation({
    input: { ...named, ...settings, roleArn: required(members.roleArn) },
    needs: (input, call) => [needs(call, 'CreateRoleAlias', 'rolealias', input.roleAlias), ...toPass(input.roleArn)],
    perform: (input, call) => {
      const { roleAliases: table } = iotTables(call.cloud)
      const { roleAlias: name, roleArn, credentialDurationSeconds: duration = 3600 } = input
      const known = table.get(arnOf(call, 'rolealias', name))
      if (known) throw alreadyExists(`Role alias ${name} already exists`, known.arn, name)
      assertOwn(call, roleArn)
      const resource = newResource(call, 'rolealias', name)
      table.put(resource.arn, { ...resource, name, roleArn, duration, updatedAt: resource.createdAt })
      return { roleAlias: name, roleAliasArn: resource.arn }
    },
  }),
  DescribeRoleAlias: operation({
    input: named,
    needs: (input, call) => needs(call, 'DescribeRoleAlias', 'rolealias', input.roleAlias),
    perform: (input, call) => {
      const alias = find(call, input.roleAlias)
      const { name, arn, roleArn, accountId: owner, duration, createdAt, updatedAt } = alias
      return {
        roleAliasDescription: {
          ...{ roleAlias: name, roleAliasArn: arn, roleArn, owner, credentialDurationSeconds: duration },
          ...{ creationDate: seconds(createdAt), lastModifiedDate: seconds(updatedAt) },
        },
      }
    },
  }),
  ListRoleAliases: operation({
    input: members.markers,
    needs: () => onAll('ListRoleAliases'),
    perform: (input, call) => {
      const names = own(call, iotTables(call.cloud).roleAliases).map(({ name }) => name)
      const { page, next } = pageOf(names, input.marker, input.pageSize)
      return { roleAliases: page, ...(next === undefined ? {} : { nextMarker: next }) }
    },
  }),
  UpdateRoleAlias: operation({
    input: { ...named, ...settings, roleArn: members.roleArn },
    needs: (input, call) => [
      needs(call, 'UpdateRoleAlias', 'rolealias', input.roleAlias),
      ...(input.roleArn === undefined ? [] : toPass(input.roleArn)),
    ],
    perform: (input, call) => {
      const alias = find(call, input.roleAlias)
      const { roleArn = alias.roleArn, credentialDurationSeconds: duration = alias.duration } = input
      assertOwn(call, roleArn)
      iotTables(call.cloud).roleAliases.put(alias.arn, {
        ...alias,
        roleArn,
        duration,
        updatedAt: call.at.toISOString(),
      })
      return { roleAlias: alias.name, roleAliasArn: alias.arn }
    },
  }),
  DeleteRoleAlias: operation({
    input: named,
    needs: (input, call) => needs(call, 'DeleteRoleAlias', 'rolealias', input.roleAlias),
    perform: (input, call) => {
      iotTables(call.cloud).roleAliases.delete(find(call, input.roleAlias).arn)
      return {}
    },
  }),
}
