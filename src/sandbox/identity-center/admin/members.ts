import type { Cloud } from '../../cloud.ts'
import { Fault } from '../../fault.ts'
import type { Call, Permission } from '../../service.ts'
import { required, text } from '../../shape.ts'
import { instanceOf, type PermissionSet, stateOf } from '../state.ts'

/** Every operation names the instance. */
export const onInstance = {
  InstanceArn: required(text({ min: 10, max: 1224, pattern: 'arn:[\\w-]+:sso:::instance/.+' })),
}

/** Most name a permission set of it, too. */
export const onSet = {
  ...onInstance,
  PermissionSetArn: required(text({ min: 10, max: 1224, pattern: 'arn:[\\w-]+:sso:::permissionSet/.+' })),
}

export const accountId = required(text({ min: 12, max: 12, pattern: '\\d{12}' }))

export const principalId = required(
  text({ min: 1, max: 47, pattern: '([0-9a-f]{10}-|)[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}' }),
)

/** What an operation must be allowed: on the permission set it names, else on the instance. */
export const needs =
  (action: string) =>
  (input: { readonly InstanceArn: string; readonly PermissionSetArn?: string }): Permission => ({
    action: `sso:${action}`,
    resource: input.PermissionSetArn ?? input.InstanceArn,
  })

export const notFound = (what: string): Fault => new Fault('ResourceNotFoundException', 400, `${what} not found`)

export const conflict = (message: string): Fault => new Fault('ConflictException', 400, message)

/** Refuses another instance than the one there is, and callers of accounts that do not own it. */
export function checkInstance(arn: string, { cloud, caller }: Pick<Call, 'cloud' | 'caller'>): void {
  if (arn !== instanceOf(cloud).arn) throw notFound(`Instance with ARN ${arn}`)
  if (caller.accountId !== cloud.primaryAccount)
    throw new Fault('AccessDenied', 400, 'You do not have sufficient access to perform this action.')
}

/** The permission set an input names. */
export function setIn(
  input: { readonly InstanceArn: string; readonly PermissionSetArn: string },
  call: Pick<Call, 'cloud' | 'caller'>,
): PermissionSet {
  checkInstance(input.InstanceArn, call)
  const set = stateOf(call.cloud).permissionSets.get(input.PermissionSetArn)
  if (!set) throw notFound(`PermissionSet with ARN ${input.PermissionSetArn}`)
  return set
}

/** Keeps a changed set. Its accounts have the old one until it is provisioned. */
export const changeSet = (cloud: Cloud, set: PermissionSet): void =>
  stateOf(cloud).permissionSets.put(set.arn, { ...set, version: set.version + 1 })

/** Refuses an account that is not of the sandbox. */
export function checkAccount(id: string, cloud: Cloud): void {
  if (!cloud.accounts.get(id)) throw notFound(`Account ${id}`)
}
