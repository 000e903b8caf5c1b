import { encodeUri } from '../../wire/uri.ts'
import type { Entity } from '../cloud.ts'
import { type Call, type Output, operation } from '../service.ts'
import { list, oneOf } from '../shape.ts'
import { isAwsPolicy } from './aws-policies.ts'
import { policySummary, versionView } from './managed-policies.ts'
import * as members from './members.ts'
import { visiblePolicy } from './nouns.ts'
import { page } from './page.ts'
import { countUses } from './policy-use.ts'
import { tagView } from './tag-context.ts'
import {
  boundaryView,
  byName,
  groupView,
  instanceProfileView,
  roleLastUsed,
  roleSummary,
  under,
  userSummary,
} from './views.ts'

const inlineView = (entity: Entity): readonly Output[] =>
  Object.entries(entity.inline).map(([PolicyName, text]) => ({ PolicyName, PolicyDocument: encodeUri(text) }))

const attachedView = (entity: Entity, call: Call): readonly Output[] =>
  entity.attached.map((arn) => ({ PolicyName: visiblePolicy(arn, call)?.name, PolicyArn: arn }))

interface Detail {
  readonly member: 'UserDetailList' | 'GroupDetailList' | 'RoleDetailList' | 'Policies'
  readonly order: string
  readonly view: () => Output
}

function* details(call: Call, wanted: (type: string) => boolean): Generator<Detail> {
  const { cloud } = call
  const { accountId } = call.caller
  if (wanted('User'))
    for (const user of under(cloud.users.values(), accountId))
      yield {
        member: 'UserDetailList',
        order: `1${byName(user)}`,
        view: () => ({
          ...userSummary(user),
          PasswordLastUsed: undefined,
          UserPolicyList: inlineView(user),
          GroupList: user.groups,
          AttachedManagedPolicies: attachedView(user, call),
          PermissionsBoundary: boundaryView(user.boundary),
          Tags: tagView(user.tags),
        }),
      }
  if (wanted('Group'))
    for (const group of under(cloud.groups.values(), accountId))
      yield {
        member: 'GroupDetailList',
        order: `2${byName(group)}`,
        view: () => ({
          ...groupView(group),
          GroupPolicyList: inlineView(group),
          AttachedManagedPolicies: attachedView(group, call),
        }),
      }
  if (wanted('Role'))
    for (const role of under(cloud.roles.values(), accountId))
      yield {
        member: 'RoleDetailList',
        order: `3${byName(role)}`,
        view: () => ({
          ...roleSummary(role),
          Description: undefined,
          MaxSessionDuration: undefined,
          InstanceProfileList: [...under(cloud.instanceProfiles.values(), accountId)]
            .filter(({ roles }) => roles.includes(role.name))
            .map((profile) => instanceProfileView(profile, cloud)),
          RolePolicyList: inlineView(role),
          AttachedManagedPolicies: attachedView(role, call),
          PermissionsBoundary: boundaryView(role.boundary),
          Tags: tagView(role.tags),
          RoleLastUsed: roleLastUsed(role),
        }),
      }
  for (const policy of cloud.policies.values()) {
    const own = policy.accountId === accountId
    // Of AWS's own policies only those in use are told.
    const used = () =>
      countUses(policy.arn, 'PermissionsPolicy', call) + countUses(policy.arn, 'PermissionsBoundary', call) > 0
    if (own ? !wanted('LocalManagedPolicy') : !isAwsPolicy(policy) || !wanted('AWSManagedPolicy') || !used()) continue
    yield {
      member: 'Policies',
      order: `4${byName(policy)}${policy.arn}`,
      view: () => ({
        ...policySummary(policy, call),
        Description: policy.description,
        PolicyVersionList: policy.versions.toReversed().map((version) => versionView(policy, version)),
      }),
    }
  }
}

const getAccountAuthorizationDetails = operation({
  input: {
    Filter: list(oneOf('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy')),
    ...members.paging,
  },
  needs: () => ({ action: 'iam:GetAccountAuthorizationDetails', resource: '*' }),
  perform: (input, call) => {
    const filter: readonly string[] = input.Filter ?? []
    const all = details(call, (type) => filter.length === 0 || filter.includes(type))
    const { Details, ...rest } = page(
      'Details',
      all,
      ({ order }) => order,
      (detail) => detail,
      input,
    )
    const shown = Details as readonly Detail[]
    const of = (member: Detail['member']) =>
      shown.filter((detail) => detail.member === member).map(({ view }) => view())
    return {
      UserDetailList: of('UserDetailList'),
      GroupDetailList: of('GroupDetailList'),
      RoleDetailList: of('RoleDetailList'),
      Policies: of('Policies'),
      ...rest,
    }
  },
})

export const authorizationDetails = { GetAccountAuthorizationDetails: getAccountAuthorizationDetails }
