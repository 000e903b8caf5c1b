import type { Entity } from '../cloud.ts'
import { type Call, operation } from '../service.ts'
import { oneOf, required } from '../shape.ts'
import { boundaryContext } from './creation.ts'
import { invalidInput, noSuchEntity, quotaExceeded } from './faults.ts'
import * as members from './members.ts'
import { group, type Noun, policy, role, user, visiblePolicy } from './nouns.ts'
import { page } from './page.ts'
import { type PolicyUse, uses } from './policy-use.ts'
import { byName, under } from './views.ts'

const mostPolicies = 10

const checkArn = (arn: string): void => {
  if (!/^arn:[^:]+:iam::(aws|\d{12}):policy\/./.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`)
}

/** Attach, Detach and List of the managed policies of a user, group or role. */
function attachmentsOf<T extends Entity & { readonly boundary?: string }>(noun: Noun<T>) {
  const input = { ...noun.shape, PolicyArn: required(members.arn) }
  const changing = (action: string) => (given: { readonly PolicyArn: string }, call: Call) =>
    noun.needs(action, given, call, {
      'iam:PolicyARN': given.PolicyArn,
      ...boundaryContext(noun.find(given, call)?.boundary),
    })

  const attach = operation({
    input,
    needs: changing(`Attach${noun.word}Policy`),
    perform: (given, call) => {
      const holder = noun.get(given, call)
      const arn = given.PolicyArn
      checkArn(arn)
      if (!visiblePolicy(arn, call)) throw noSuchEntity(`Policy ${arn} does not exist or is not attachable.`)
      if (holder.attached.includes(arn)) return {}
      if (holder.attached.length >= mostPolicies) throw quotaExceeded(`PoliciesPer${noun.word}`, mostPolicies)
      noun.put(call.cloud, { ...holder, attached: [...holder.attached, arn] })
      return {}
    },
  })

  const detach = operation({
    input,
    needs: changing(`Detach${noun.word}Policy`),
    perform: (given, call) => {
      const holder = noun.get(given, call)
      const arn = given.PolicyArn
      checkArn(arn)
      if (!holder.attached.includes(arn)) throw noSuchEntity(`Policy ${arn} was not found.`)
      noun.put(call.cloud, { ...holder, attached: holder.attached.filter((other) => other !== arn) })
      return {}
    },
  })

  const list = operation({
    input: { ...noun.shape, PathPrefix: members.policyPath, ...members.paging },
    needs: (given, call) => noun.needs(`ListAttached${noun.word}Policies`, given, call),
    perform: (given, call) => {
      const found = noun
        .get(given, call)
        .attached.map((arn) => visiblePolicy(arn, call))
        .filter((attached) => attached?.path.startsWith(given.PathPrefix ?? '/') === true)
        .filter((attached) => attached !== undefined)
      const view = ({ name, arn }: { readonly name: string; readonly arn: string }) => ({
        PolicyName: name,
        PolicyArn: arn,
      })
      return page('AttachedPolicies', found, (attached) => byName(attached) + attached.arn, view, given)
    },
  })

  return { attach, detach, list }
}

const listEntitiesForPolicy = operation({
  input: {
    PolicyArn: required(members.arn),
    EntityFilter: oneOf('User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'),
    PathPrefix: members.path,
    PolicyUsageFilter: oneOf('PermissionsPolicy', 'PermissionsBoundary'),
    ...members.paging,
  },
  needs: (input, call) => policy.needs('ListEntitiesForPolicy', input, call),
  perform: (input, call) => {
    const { arn } = policy.get(input, call)
    const { cloud } = call
    const use: PolicyUse | undefined = input.PolicyUsageFilter
    const found = (
      [
        ['Group', cloud.groups],
        ['User', cloud.users],
        ['Role', cloud.roles],
      ] as const
    ).flatMap(([word, table]) =>
      input.EntityFilter === undefined || input.EntityFilter === word
        ? [...under<Entity>(table.values(), call.caller.accountId, input.PathPrefix)]
            .filter((entity) => uses(entity, arn, use))
            .map((entity) => ({ word, entity }))
        : [],
    )
    const { Entities, ...rest } = page(
      'Entities',
      found,
      ({ word, entity }) => `${word}/${byName(entity)}`,
      (item) => item,
      input,
    )
    const shown = Entities as typeof found
    const listed = (word: string) =>
      shown
        .filter((item) => item.word === word)
        .map(({ entity }) => ({ [`${word}Name`]: entity.name, [`${word}Id`]: entity.id }))
    return { PolicyGroups: listed('Group'), PolicyUsers: listed('User'), PolicyRoles: listed('Role'), ...rest }
  },
})

const ofUser = attachmentsOf(user)
const ofGroup = attachmentsOf(group)
const ofRole = attachmentsOf(role)

export const attachments = {
  AttachUserPolicy: ofUser.attach,
  DetachUserPolicy: ofUser.detach,
  ListAttachedUserPolicies: ofUser.list,
  AttachGroupPolicy: ofGroup.attach,
  DetachGroupPolicy: ofGroup.detach,
  ListAttachedGroupPolicies: ofGroup.list,
  AttachRolePolicy: ofRole.attach,
  DetachRolePolicy: ofRole.detach,
  ListAttachedRolePolicies: ofRole.list,
  ListEntitiesForPolicy: listEntitiesForPolicy,
}
