import type { Cloud } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { type Output, operation } from '../service.ts'
import { flag, type InputOf, integer } from '../shape.ts'
import { noSuchEntity } from './faults.ts'

const shape = {
  MinimumPasswordLength: integer({ min: 6, max: 128 }),
  RequireSymbols: flag(),
  RequireNumbers: flag(),
  RequireUppercaseCharacters: flag(),
  RequireLowercaseCharacters: flag(),
  AllowUsersToChangePassword: flag(),
  MaxPasswordAge: integer({ min: 1, max: 1095 }),
  PasswordReusePrevention: integer({ min: 1, max: 24 }),
  HardExpiry: flag(),
}

/** What an account asks of its users' passwords. Absent members are off; length is 6 unless said. */
export type PasswordPolicy = InputOf<typeof shape>

const table = (cloud: Cloud) => cloud.store.table<PasswordPolicy>('password-policy')

/** The account's own policy; undefined when it never set one. */
export const passwordPolicyOf = (cloud: Cloud, accountId: string): PasswordPolicy | undefined =>
  table(cloud).get(accountId)

/** Refuses a password that the account's policy, or AWS's own where there is none, does not allow. */
export function checkPassword(password: string, userName: string, cloud: Cloud, accountId: string): void {
  const policy = passwordPolicyOf(cloud, accountId)
  const kinds = {
    lower: /[a-z]/.test(password),
    upper: /[A-Z]/.test(password),
    digit: /\d/.test(password),
    symbol: /[!@#$%^&*()_+\-=[\]{}|']/.test(password),
  }
  const fits = policy
    ? password.length >= (policy.MinimumPasswordLength ?? 6) &&
      (!policy.RequireLowercaseCharacters || kinds.lower) &&
      (!policy.RequireUppercaseCharacters || kinds.upper) &&
      (!policy.RequireNumbers || kinds.digit) &&
      (!policy.RequireSymbols || kinds.symbol)
    : password.length >= 8 &&
      Object.values(kinds).filter(Boolean).length >= 3 &&
      password.toLowerCase() !== userName.toLowerCase()
  if (!fits)
    throw new Fault('PasswordPolicyViolation', 400, 'Password does not conform to the account password policy.')
}

const needs = (action: string) => () => ({ action: `iam:${action}`, resource: '*' })
const missing = (accountId: string) =>
  noSuchEntity(`The Password Policy with domain name ${accountId} cannot be found.`)

const update = operation({
  input: shape,
  needs: needs('UpdateAccountPasswordPolicy'),
  perform: (input, call) => {
    // What is left out goes back to its default: IAM keeps nothing of the policy before.
    table(call.cloud).put(call.caller.accountId, input)
    return {}
  },
})

const get = operation({
  input: {},
  needs: needs('GetAccountPasswordPolicy'),
  perform: (_, call) => {
    const policy = passwordPolicyOf(call.cloud, call.caller.accountId)
    if (policy === undefined) throw missing(call.caller.accountId)
    return { PasswordPolicy: view(policy) }
  },
})

const view = (policy: PasswordPolicy): Output => ({
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
  ExpirePasswords: policy.MaxPasswordAge !== undefined,
  ...policy,
})

const remove = operation({
  input: {},
  needs: needs('DeleteAccountPasswordPolicy'),
  perform: (_, call) => {
    if (!table(call.cloud).delete(call.caller.accountId)) throw missing(call.caller.accountId)
    return {}
  },
})

export const passwordPolicy = {
  UpdateAccountPasswordPolicy: update,
  GetAccountPasswordPolicy: get,
  DeleteAccountPasswordPolicy: remove,
}
