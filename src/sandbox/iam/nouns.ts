import type { RequestContext } from '../../policy/index.ts'
import type { OidcProvider, Role, SamlProvider, Tags, User } from '../cloud.ts'
import { type Cloud, type Group, type InstanceProfile, keyOf, type ManagedPolicy, type MfaDevice } from '../cloud.ts'
import type { Call, Permission } from '../service.ts'
import { required } from '../shape.ts'
import { implicitUserName } from './caller.ts'
import { invalidInput, noSuchEntity, protectedRole } from './faults.ts'
import * as members from './members.ts'

/**
 * A kind of thing IAM keeps, as its operations share it: how an input names one, how it is found, and which resource
 * a permission must cover. Tags, inline policies, attachments and boundaries are written once over these.
 */
export interface Noun<T> {
  /** As operation names have it: `User` in PutUserPolicy. */
  readonly word: string
  /** The member that names one. Hidden from the type, because it differs from noun to noun; `named` reads it. */
  readonly shape: Record<never, never>
  readonly named: (input: object, call: Call) => string
  readonly find: (input: object, call: Call) => T | undefined
  /** The thing, or NoSuchEntity. */
  readonly get: (input: object, call: Call) => T
  readonly put: (cloud: Cloud, value: T) => void
  /** The permission to do `action` to it; `*`-less, and decided before it is told whether the thing exists. */
  readonly needs: (action: string, input: object, call: Call, context?: RequestContext) => Permission
}

interface Draft<T> {
  readonly word: string
  readonly member: string
  readonly shape: Record<never, never>
  readonly find: (name: string, call: Call) => T | undefined
  readonly missing: (name: string) => string
  readonly put: (cloud: Cloud, value: T) => void
  readonly arn: (name: string, call: Call) => string
}

function noun<T extends { readonly arn?: string; readonly tags?: Tags }>(draft: Draft<T>): Noun<T> {
  const named = (input: object, call: Call): string => {
    const name: unknown = Reflect.get(input, draft.member)
    // Only UserName is ever optional; for root, which is no user, no name finds anything.
    return typeof name === 'string' ? name : (implicitUserName(call) ?? '')
  }
  const find = (input: object, call: Call) => draft.find(named(input, call), call)
  return {
    word: draft.word,
    shape: draft.shape,
    named,
    find,
    get(input, call) {
      const found = find(input, call)
      if (found === undefined) throw noSuchEntity(draft.missing(named(input, call)))
      return found
    },
    put: draft.put,
    needs(action, input, call, context) {
      const name = named(input, call)
      const found = draft.find(name, call)
      return {
        action: `iam:${action}`,
        resource: found?.arn ?? draft.arn(name, call),
        ...(found?.tags && { resourceTags: found.tags }),
        ...(context && { context }),
      }
    },
  }
}

/** `arn:aws:iam::<the caller's account>:<resource>` */
export const arnIn = (call: Call, resource: string): string => `arn:aws:iam::${call.caller.accountId}:${resource}`

export const user: Noun<User> = noun({
  word: 'User',
  member: 'UserName',
  shape: { UserName: required(members.existingUserName) },
  find: (name, call) => call.cloud.users.get(keyOf(call.caller.accountId, name)),
  missing: (name) => `The user with name ${name} cannot be found.`,
  put: (cloud, value) => cloud.users.put(keyOf(value.accountId, value.name), value),
  arn: (name, call) => arnIn(call, `user/${name}`),
})

export const group: Noun<Group> = noun({
  word: 'Group',
  member: 'GroupName',
  shape: { GroupName: required(members.groupName) },
  find: (name, call) => call.cloud.groups.get(keyOf(call.caller.accountId, name)),
  missing: (name) => `The group with name ${name} cannot be found.`,
  put: (cloud, value) => cloud.groups.put(keyOf(value.accountId, value.name), value),
  arn: (name, call) => arnIn(call, `group/${name}`),
})

/** A role linked to a service stays as the service needs it; its description and tags are the account's to change. */
const isLeftToService = (before: Role, after: Role): boolean =>
  !before.path.startsWith('/aws-service-role/') ||
  (['trust', 'inline', 'attached', 'boundary', 'maxSessionDuration'] as const).every(
    (part) => JSON.stringify(before[part]) === JSON.stringify(after[part]),
  )

export const role: Noun<Role> = noun({
  word: 'Role',
  member: 'RoleName',
  shape: { RoleName: required(members.roleName) },
  find: (name, call) => call.cloud.roles.get(keyOf(call.caller.accountId, name)),
  missing: (name) => `The role with name ${name} cannot be found.`,
  put: (cloud, value) => {
    const key = keyOf(value.accountId, value.name)
    const before = cloud.roles.get(key)
    if (value.path.startsWith('/aws-reserved/') || (before && !isLeftToService(before, value)))
      throw protectedRole(value.name)
    cloud.roles.put(key, value)
  },
  arn: (name, call) => arnIn(call, `role/${name}`),
})

export const instanceProfile: Noun<InstanceProfile> = noun({
  word: 'InstanceProfile',
  member: 'InstanceProfileName',
  shape: { InstanceProfileName: required(members.instanceProfileName) },
  find: (name, call) => call.cloud.instanceProfiles.get(keyOf(call.caller.accountId, name)),
  missing: (name) => `Instance Profile ${name} cannot be found.`,
  put: (cloud, value) => cloud.instanceProfiles.put(keyOf(value.accountId, value.name), value),
  arn: (name, call) => arnIn(call, `instance-profile/${name}`),
})

/** A managed policy the caller can see: of its own account, or AWS's. */
export function visiblePolicy(arn: string, call: Call): ManagedPolicy | undefined {
  const found = call.cloud.policies.get(arn)
  return found?.accountId === 'aws' || found?.accountId === call.caller.accountId ? found : undefined
}

export const policy: Noun<ManagedPolicy> = noun({
  word: 'Policy',
  member: 'PolicyArn',
  shape: { PolicyArn: required(members.arn) },
  find: visiblePolicy,
  missing: (arn) => {
    if (!/^arn:[^:]+:iam::(aws|\d{12}):policy\/./.test(arn)) throw invalidInput(`ARN ${arn} is not valid.`)
    return `Policy ${arn} was not found.`
  },
  put: (cloud, value) => cloud.policies.put(value.arn, value),
  arn: (arn) => arn,
})

export const mfaDevice: Noun<MfaDevice> = noun<MfaDevice & { readonly arn?: string }>({
  word: 'MFADevice',
  member: 'SerialNumber',
  shape: { SerialNumber: required(members.serialNumber) },
  find: (serial, call) => {
    const device = call.cloud.mfaDevices.get(serial)
    return device?.accountId === call.caller.accountId ? device : undefined
  },
  missing: (serial) => `VirtualMFADevice with serial number ${serial} doesn't exist.`,
  put: (cloud, value) => cloud.mfaDevices.put(value.serial, value),
  arn: (serial) => serial,
})

export const samlProvider: Noun<SamlProvider> = noun({
  word: 'SAMLProvider',
  member: 'SAMLProviderArn',
  shape: { SAMLProviderArn: required(members.arn) },
  find: (arn, call) => {
    const provider = call.cloud.samlProviders.get(arn)
    return provider?.accountId === call.caller.accountId ? provider : undefined
  },
  missing: (arn) => `Manifest not found for arn ${arn}`,
  put: (cloud, value) => cloud.samlProviders.put(value.arn, value),
  arn: (arn) => arn,
})

export const oidcProvider: Noun<OidcProvider> = noun({
  word: 'OpenIDConnectProvider',
  member: 'OpenIDConnectProviderArn',
  shape: { OpenIDConnectProviderArn: required(members.arn) },
  find: (arn, call) => {
    const provider = call.cloud.oidcProviders.get(arn)
    return provider?.accountId === call.caller.accountId ? provider : undefined
  },
  missing: (arn) => `OpenIDConnect Provider not found for arn ${arn}`,
  put: (cloud, value) => cloud.oidcProviders.put(value.arn, value),
  arn: (arn) => arn,
})
