import { encodeUri } from '../../wire/uri.ts'
import type { ManagedPolicy } from '../cloud.ts'
import { accessDenied } from '../fault.ts'
import { type Call, type Output, operation } from '../service.ts'
import { flag, oneOf, required } from '../shape.ts'
import { isAwsPolicy } from './aws-policies.ts'
import { needsToCreate } from './creation.ts'
import { deleteConflict, entityAlreadyExists, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { arnIn, policy } from './nouns.ts'
import { page } from './page.ts'
import { acceptPolicy, policySize } from './policy-text.ts'
import { countUses, type PolicyUse } from './policy-use.ts'
import { tagsOf, tagView } from './tag-context.ts'
import { newUniqueId } from './unique-id.ts'
import { byName } from './views.ts'

const mostText = 6144

/** Refuses a document that no managed policy may hold. */
export function checkManagedText(text: string): void {
  acceptPolicy(text, 'identity', { version2012Only: true })
  if (policySize(text) > mostText) throw quotaExceeded('PolicySize', mostText)
}

/** The policy, when it is the account's own to change. */
export function ownPolicy(action: string, input: object, call: Call): ManagedPolicy {
  const found = policy.get(input, call)
  if (!isAwsPolicy(found)) return found
  throw accessDenied(
    `User: ${call.caller.arn} is not authorized to perform: iam:${action} on resource: policy ${found.arn}`,
  )
}

/** A policy as lists tell it: without description and tags, which only GetPolicy and CreatePolicy tell. */
export const policySummary = (found: ManagedPolicy, call: Call): Output => ({
  PolicyName: found.name,
  PolicyId: found.id,
  Arn: found.arn,
  Path: found.path,
  DefaultVersionId: found.defaultVersion,
  AttachmentCount: countUses(found.arn, 'PermissionsPolicy', call),
  PermissionsBoundaryUsageCount: countUses(found.arn, 'PermissionsBoundary', call),
  IsAttachable: true,
  CreateDate: new Date(found.createdAt),
  UpdateDate: new Date(found.updatedAt),
})

const policyView = (found: ManagedPolicy, call: Call): Output => ({
  ...policySummary(found, call),
  Description: found.description,
  Tags: tagView(found.tags),
})

export const versionView = (found: ManagedPolicy, version: ManagedPolicy['versions'][number]): Output => ({
  Document: encodeUri(version.document),
  VersionId: version.id,
  IsDefaultVersion: version.id === found.defaultVersion,
  CreateDate: new Date(version.createdAt),
})

const createPolicy = operation({
  input: {
    PolicyName: required(members.policyName),
    Path: members.policyPath,
    PolicyDocument: required(members.policyDocument),
    Description: members.policyDescription,
    Tags: members.tagList,
  },
  needs: (input, call) =>
    needsToCreate('CreatePolicy', 'TagPolicy', arnIn(call, `policy${input.Path ?? '/'}${input.PolicyName}`), input),
  perform: (input, call) => {
    const { PolicyName: name, Path: path = '/', PolicyDocument: document } = input
    const { accountId } = call.caller
    const tags = tagsOf(input.Tags)
    checkManagedText(document)
    for (const other of call.cloud.policies.values())
      if (other.accountId === accountId && other.name.toLowerCase() === name.toLowerCase())
        throw entityAlreadyExists(`A policy called ${name} already exists. Duplicate names are not allowed.`)
    const createdAt = call.at.toISOString()
    const created: ManagedPolicy = {
      accountId,
      name,
      path,
      id: newUniqueId(call.cloud, 'ANPA', accountId),
      arn: arnIn(call, `policy${path}${name}`),
      ...(input.Description !== undefined && { description: input.Description }),
      createdAt,
      updatedAt: createdAt,
      defaultVersion: 'v1',
      versions: [{ id: 'v1', document, createdAt }],
      nextVersion: 2,
      tags,
    }
    policy.put(call.cloud, created)
    return { Policy: policyView(created, call) }
  },
})

const getPolicy = operation({
  input: { PolicyArn: required(members.arn) },
  needs: (input, call) => policy.needs('GetPolicy', input, call),
  perform: (input, call) => ({ Policy: policyView(policy.get(input, call), call) }),
})

const listPolicies = operation({
  input: {
    Scope: oneOf('All', 'AWS', 'Local'),
    OnlyAttached: flag(),
    PathPrefix: members.policyPath,
    PolicyUsageFilter: oneOf('PermissionsPolicy', 'PermissionsBoundary'),
    ...members.paging,
  },
  needs: (input) => ({ action: 'iam:ListPolicies', resource: `policy path ${input.PathPrefix ?? '/'}` }),
  perform: (input, call) => {
    const { Scope: scope = 'All', PathPrefix: prefix = '/', PolicyUsageFilter: filter } = input
    const uses: readonly PolicyUse[] = filter === undefined ? ['PermissionsPolicy', 'PermissionsBoundary'] : [filter]
    const isWanted = (found: ManagedPolicy): boolean =>
      (isAwsPolicy(found) ? scope !== 'Local' : scope !== 'AWS' && found.accountId === call.caller.accountId) &&
      found.path.startsWith(prefix) &&
      ((!input.OnlyAttached && filter === undefined) || uses.some((use) => countUses(found.arn, use, call) > 0))
    const found = [...call.cloud.policies.values()].filter(isWanted)
    // The account's own come first, as they do at AWS.
    const order = (item: ManagedPolicy) => `${isAwsPolicy(item) ? 1 : 0}${byName(item)}`
    return page('Policies', found, order, (item) => policySummary(item, call), input)
  },
})

const deletePolicy = operation({
  input: { PolicyArn: required(members.arn) },
  needs: (input, call) => policy.needs('DeletePolicy', input, call),
  perform: (input, call) => {
    const found = ownPolicy('DeletePolicy', input, call)
    if (countUses(found.arn, 'PermissionsPolicy', call) + countUses(found.arn, 'PermissionsBoundary', call) > 0)
      throw deleteConflict('Cannot delete a policy attached to entities.')
    if (found.versions.length > 1)
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      )
    call.cloud.policies.delete(found.arn)
    return {}
  },
})

export const managedPolicies = {
  CreatePolicy: createPolicy,
  GetPolicy: getPolicy,
  ListPolicies: listPolicies,
  DeletePolicy: deletePolicy,
}
