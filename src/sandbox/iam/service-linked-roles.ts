import { randomUUID } from 'node:crypto'
import { keyOf, type Role } from '../cloud.ts'
import { type Call, operation } from '../service.ts'
import { required, text } from '../shape.ts'
import { invalidInput, noSuchEntity } from './faults.ts'
import * as members from './members.ts'
import { arnIn, role } from './nouns.ts'
import { renamePrincipal } from './principals.ts'
import { newUniqueId } from './unique-id.ts'
import { roleView } from './views.ts'

/** What services call the role they use in an account, behind `AWSServiceRoleFor`, and which may have several. */
const linked: Readonly<Record<string, { readonly name: string; readonly suffixes?: true }>> = {
  'access-analyzer.amazonaws.com': { name: 'AccessAnalyzer' },
  'autoscaling.amazonaws.com': { name: 'AutoScaling', suffixes: true },
  'cloudtrail.amazonaws.com': { name: 'CloudTrail' },
  'config.amazonaws.com': { name: 'Config' },
  'ecs.amazonaws.com': { name: 'ECS' },
  'eks.amazonaws.com': { name: 'AmazonEKS' },
  'elasticloadbalancing.amazonaws.com': { name: 'ElasticLoadBalancing' },
  'es.amazonaws.com': { name: 'AmazonElasticsearchService' },
  'guardduty.amazonaws.com': { name: 'AmazonGuardDuty' },
  'lex.amazonaws.com': { name: 'LexBots' },
  'organizations.amazonaws.com': { name: 'Organizations' },
  'rds.amazonaws.com': { name: 'RDS' },
  'rolesanywhere.amazonaws.com': { name: 'RolesAnywhere' },
  'securityhub.amazonaws.com': { name: 'SecurityHub' },
  'spot.amazonaws.com': { name: 'EC2Spot' },
  'ssm.amazonaws.com': { name: 'AmazonSSM' },
  'sso.amazonaws.com': { name: 'SSO' },
}

const serviceName = text({ min: 1, max: 128, pattern: '[\\w+=,.@-]+' })

const nameOf = (service: string, suffix: string | undefined): string =>
  `AWSServiceRoleFor${Object.hasOwn(linked, service) ? linked[service]?.name : ''}${suffix === undefined ? '' : `_${suffix}`}`

const createServiceLinkedRole = operation({
  input: {
    AWSServiceName: required(serviceName),
    Description: members.roleDescription,
    CustomSuffix: text({ min: 1, max: 64, pattern: '[\\w+=,.@-]+' }),
  },
  needs: ({ AWSServiceName: service, CustomSuffix: suffix }, call) => ({
    action: 'iam:CreateServiceLinkedRole',
    resource: arnIn(call, `role/aws-service-role/${service}/${nameOf(service, suffix)}`),
    context: { 'iam:AWSServiceName': service },
  }),
  perform: (input, call) => {
    const { AWSServiceName: service, CustomSuffix: suffix } = input
    const known = Object.hasOwn(linked, service) ? linked[service] : undefined
    if (known === undefined) throw invalidInput(`Service ${service} is not valid.`)
    if (suffix !== undefined && known.suffixes === undefined)
      throw invalidInput(`Custom suffix is not allowed for ${service}`)
    const name = nameOf(service, suffix)
    if (role.find({ RoleName: name }, call))
      throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`)
    const { accountId } = call.caller
    const path = `/aws-service-role/${service}/`
    const statement = { Effect: 'Allow', Principal: { Service: [service] }, Action: ['sts:AssumeRole'] }
    const created: Role = {
      accountId,
      name,
      path,
      id: newUniqueId(call.cloud, 'AROA', accountId),
      arn: arnIn(call, `role${path}${name}`),
      createdAt: call.at.toISOString(),
      inline: {},
      attached: [],
      trust: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
      maxSessionDuration: 3600,
      tags: {},
      ...(input.Description !== undefined && { description: input.Description }),
    }
    role.put(call.cloud, created)
    return { Role: roleView(created) }
  },
})

const isLinked = ({ path }: Role): boolean => path.startsWith('/aws-service-role/')

function linkedRole(input: object, call: Call): Role {
  const found = role.get(input, call)
  if (!isLinked(found)) throw invalidInput(`Role ${found.name} is not a service-linked role.`)
  return found
}

/** At AWS a task that asks the service first. No service uses its role here, so it is done at once. */
const deleteServiceLinkedRole = operation({
  input: { RoleName: required(members.roleName) },
  needs: (input, call) => role.needs('DeleteServiceLinkedRole', input, call),
  perform: (input, call) => {
    const found = linkedRole(input, call)
    call.cloud.roles.delete(keyOf(found.accountId, found.name))
    renamePrincipal(call.cloud, found.arn, found.id)
    return { DeletionTaskId: `task${found.path}${found.name}/${randomUUID()}` }
  },
})

const taskId = /^task\/aws-service-role\/[\w+=,.@-]+\/([\w+=,.@-]+)\/[0-9a-f-]{36}$/

const getServiceLinkedRoleDeletionStatus = operation({
  input: { DeletionTaskId: required(text({ min: 1, max: 1000 })) },
  needs: ({ DeletionTaskId: id }, call) => ({
    action: 'iam:GetServiceLinkedRoleDeletionStatus',
    resource: arnIn(call, `role/${id.split('/').slice(1, -1).join('/')}`),
  }),
  perform: ({ DeletionTaskId: id }) => {
    if (!taskId.test(id)) throw noSuchEntity(`Deletion task ${id} cannot be found.`)
    return { Status: 'SUCCEEDED' }
  },
})

/** Roles that services use in the account. See "CreateServiceLinkedRole" in the IAM API Reference. */
export const serviceLinkedRoles = {
  CreateServiceLinkedRole: createServiceLinkedRole,
  DeleteServiceLinkedRole: deleteServiceLinkedRole,
  GetServiceLinkedRoleDeletionStatus: getServiceLinkedRoleDeletionStatus,
}
