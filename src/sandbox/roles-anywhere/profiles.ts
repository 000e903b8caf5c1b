import { awsMessage, parsePolicy } from '../../policy/index.ts'
import { type Call, type Output, operation } from '../service.ts'
import { required } from '../shape.ts'
import { defaultMappings, withMapping, withoutMapping } from './attribute-mapping.ts'
import { invalid } from './faults.ts'
import * as members from './members.ts'
import { find, needs, newResource, pageOf, tagContext } from './resources.ts'
import { type Profile, rolesAnywhereState } from './state.ts'

const mostProfiles = 250
const target = { profileId: required(members.id) }

/** A profile as it is answered. */
const view = (profile: Profile): Output => ({
  profile: {
    profileId: profile.id,
    profileArn: profile.arn,
    name: profile.name,
    requireInstanceProperties: profile.requireInstanceProperties,
    enabled: profile.enabled,
    createdBy: profile.createdBy,
    ...(profile.sessionPolicy === undefined ? {} : { sessionPolicy: profile.sessionPolicy }),
    roleArns: profile.roleArns,
    managedPolicyArns: profile.managedPolicyArns,
    createdAt: profile.createdAt,
    updatedAt: profile.updatedAt,
    durationSeconds: profile.duration,
    acceptRoleSessionName: profile.acceptRoleSessionName,
    attributeMappings: Object.entries(profile.mappings).map(([certificateField, specifiers]) => ({
      certificateField,
      mappingRules: specifiers.map((specifier) => ({ specifier })),
    })),
  },
})

interface Settings {
  readonly name?: string
  readonly sessionPolicy?: string
  readonly roleArns?: readonly string[]
  readonly managedPolicyArns?: readonly string[]
  readonly durationSeconds?: number
  readonly acceptRoleSessionName?: boolean
}

/** What of the settings was given, in the state's words; checked. */
function settingsOf(given: Settings): Partial<Profile> {
  if (given.sessionPolicy !== undefined) {
    const parsed = parsePolicy(given.sessionPolicy, 'identity')
    if (!parsed.ok) throw invalid(`Invalid session policy: ${awsMessage(parsed.faults)}`)
  }
  return {
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(given.sessionPolicy === undefined ? {} : { sessionPolicy: given.sessionPolicy }),
    ...(given.roleArns === undefined ? {} : { roleArns: given.roleArns }),
    ...(given.managedPolicyArns === undefined ? {} : { managedPolicyArns: given.managedPolicyArns }),
    ...(given.durationSeconds === undefined ? {} : { duration: given.durationSeconds }),
    ...(given.acceptRoleSessionName === undefined ? {} : { acceptRoleSessionName: given.acceptRoleSessionName }),
  }
}

function change(call: Call, id: string, changed: (before: Profile) => Partial<Profile>): Output {
  const { profiles } = rolesAnywhereState(call.cloud)
  const before = find(profiles, call, 'profile', id)
  const after = { ...before, ...changed(before), updatedAt: call.at.toISOString() }
  profiles.put(after.arn, after)
  return view(after)
}

/** Whoever names a role in a profile hands it out: they must be allowed to pass it. */
const toPass = (roles: readonly string[] | undefined) =>
  (roles ?? []).map((resource) => ({
    action: 'iam:PassRole',
    resource,
    context: { 'iam:PassedToService': 'rolesanywhere.amazonaws.com' },
  }))

const on = (name: string) => (input: { readonly profileId: string }, call: Call) =>
  needs(call, name, 'profile', input.profileId, rolesAnywhereState(call.cloud).profiles)

const switchTo = (name: string, enabled: boolean) =>
  operation({
    input: target,
    needs: on(name),
    perform: (input, call) => change(call, input.profileId, () => ({ enabled })),
  })

const settings = {
  sessionPolicy: members.sessionPolicy,
  managedPolicyArns: members.managedPolicyArns,
  durationSeconds: members.duration,
  acceptRoleSessionName: members.enabled,
}

export const profiles = {
  CreateProfile: operation({
    input: {
      name: required(members.name),
      roleArns: required(members.roleArns),
      requireInstanceProperties: members.enabled,
      enabled: members.enabled,
      tags: members.tags,
      ...settings,
    },
    needs: (input) => [
      { action: 'rolesanywhere:CreateProfile', resource: '*', ...tagContext(input.tags) },
      ...toPass(input.roleArns),
    ],
    perform: (input, call) => {
      const state = rolesAnywhereState(call.cloud)
      const own = [...state.profiles.values()].filter(({ accountId }) => accountId === call.caller.accountId)
      if (own.length >= mostProfiles) throw invalid('Profile limit exceeded.')
      const created: Profile = {
        ...newResource(call, 'profile', input),
        createdBy: call.caller.arn,
        requireInstanceProperties: input.requireInstanceProperties ?? false,
        managedPolicyArns: [],
        duration: 3600,
        acceptRoleSessionName: false,
        mappings: defaultMappings,
        ...settingsOf(input),
        name: input.name,
        roleArns: input.roleArns,
      }
      state.profiles.put(created.arn, created)
      return view(created)
    },
  }),
  GetProfile: operation({
    input: target,
    needs: on('GetProfile'),
    perform: (input, call) => view(find(rolesAnywhereState(call.cloud).profiles, call, 'profile', input.profileId)),
  }),
  ListProfiles: operation({
    input: members.paging,
    needs: () => ({ action: 'rolesanywhere:ListProfiles', resource: '*' }),
    perform: (input, call) => {
      const { items, ...more } = pageOf(call, rolesAnywhereState(call.cloud).profiles, input)
      return { profiles: items.map((item) => view(item).profile), ...more }
    },
  }),
  UpdateProfile: operation({
    input: { ...target, name: members.name, roleArns: members.roleArns, ...settings },
    needs: (input, call) => [on('UpdateProfile')(input, call), ...toPass(input.roleArns)],
    perform: (input, call) => change(call, input.profileId, () => settingsOf(input)),
  }),
  EnableProfile: switchTo('EnableProfile', true),
  DisableProfile: switchTo('DisableProfile', false),
  DeleteProfile: operation({
    input: target,
    needs: on('DeleteProfile'),
    perform: (input, call) => {
      const state = rolesAnywhereState(call.cloud)
      const found = find(state.profiles, call, 'profile', input.profileId)
      state.profiles.delete(found.arn)
      return view(found)
    },
  }),
  PutAttributeMapping: operation({
    input: {
      ...target,
      certificateField: required(members.certificateField),
      mappingRules: required(members.mappingRules),
    },
    needs: on('PutAttributeMapping'),
    perform: (input, call) =>
      change(call, input.profileId, ({ mappings }) => ({
        mappings: withMapping(
          mappings,
          input.certificateField,
          input.mappingRules.map(({ specifier }) => specifier),
        ),
      })),
  }),
  DeleteAttributeMapping: operation({
    input: { ...target, certificateField: required(members.certificateField), specifiers: members.specifiers },
    needs: on('DeleteAttributeMapping'),
    perform: (input, call) =>
      change(call, input.profileId, ({ mappings }) => ({
        mappings: withoutMapping(mappings, input.certificateField, input.specifiers),
      })),
  }),
}
