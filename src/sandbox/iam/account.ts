import { flat } from '../../wire/xml.ts'
import { type Call, operation } from '../service.ts'
import { required, text } from '../shape.ts'
import { entityAlreadyExists, noSuchEntity } from './faults.ts'
import * as members from './members.ts'
import { page } from './page.ts'
import { under } from './views.ts'

const needs = (action: string) => () => ({ action: `iam:${action}`, resource: '*' })

/** How much of an account's quotas is used, and the quotas themselves: AWS's defaults. */
function summary(call: Call): Readonly<Record<string, number>> {
  const { cloud } = call
  const { accountId } = call.caller
  const count = (things: Iterable<{ readonly accountId: string; readonly path: string }>) =>
    [...under(things, accountId)].length
  const policies = [...under(cloud.policies.values(), accountId)]
  const devices = [...under(cloud.mfaDevices.values(), accountId)]
  const keys = [...cloud.accessKeys.values()].filter((key) => key.accountId === accountId)
  const providers = [...cloud.samlProviders.values(), ...cloud.oidcProviders.values()].filter(
    (provider) => provider.accountId === accountId,
  ).length
  return {
    Users: count(cloud.users.values()),
    UsersQuota: 5000,
    Groups: count(cloud.groups.values()),
    GroupsQuota: 300,
    Roles: count(cloud.roles.values()),
    RolesQuota: 1000,
    Policies: policies.length,
    PoliciesQuota: 1500,
    PolicyVersionsInUse: policies.reduce((sum, { versions }) => sum + versions.length, 0),
    PolicyVersionsInUseQuota: 10_000,
    VersionsPerPolicyQuota: 5,
    PolicySizeQuota: 6144,
    UserPolicySizeQuota: 2048,
    GroupPolicySizeQuota: 5120,
    RolePolicySizeQuota: 10_240,
    AssumeRolePolicySizeQuota: 2048,
    AttachedPoliciesPerUserQuota: 10,
    AttachedPoliciesPerGroupQuota: 10,
    AttachedPoliciesPerRoleQuota: 10,
    GroupsPerUserQuota: 10,
    InstanceProfiles: count(cloud.instanceProfiles.values()),
    InstanceProfilesQuota: 1000,
    AccessKeysPerUserQuota: 2,
    SigningCertificatesPerUserQuota: 2,
    ServerCertificates: 0,
    ServerCertificatesQuota: 20,
    Providers: providers,
    MFADevices: devices.length,
    MFADevicesInUse: devices.filter(({ userName }) => userName !== undefined).length,
    AccountMFAEnabled: 0,
    AccountPasswordPresent: 1,
    AccountAccessKeysPresent: keys.some(({ userName }) => userName === undefined) ? 1 : 0,
    AccountSigningCertificatesPresent: 0,
    GlobalEndpointTokenVersion: 1,
  }
}

const getAccountSummary = operation({
  input: {},
  needs: needs('GetAccountSummary'),
  perform: (_, call) => ({
    SummaryMap: { entry: flat(Object.entries(summary(call)).map(([key, value]) => ({ key, value }))) },
  }),
})

const alias = text({ min: 3, max: 63, pattern: '^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$' })

const createAccountAlias = operation({
  input: { AccountAlias: required(alias) },
  needs: needs('CreateAccountAlias'),
  perform: (input, { cloud, caller }) => {
    for (const other of cloud.accounts.values())
      if (other.alias === input.AccountAlias && other.id !== caller.accountId)
        throw entityAlreadyExists(`The account alias ${input.AccountAlias} already exists.`)
    const own = cloud.accounts.get(caller.accountId) ?? { id: caller.accountId }
    cloud.accounts.put(own.id, { ...own, alias: input.AccountAlias })
    return {}
  },
})

const listAccountAliases = operation({
  input: members.paging,
  needs: needs('ListAccountAliases'),
  perform: (input, { cloud, caller }) => {
    const own = cloud.accounts.get(caller.accountId)?.alias
    return page('AccountAliases', own === undefined ? [] : [own], String, String, input)
  },
})

const deleteAccountAlias = operation({
  input: { AccountAlias: required(alias) },
  needs: needs('DeleteAccountAlias'),
  perform: (input, { cloud, caller }) => {
    const own = cloud.accounts.get(caller.accountId)
    if (own?.alias !== input.AccountAlias) throw noSuchEntity(`The account alias ${input.AccountAlias} does not exist.`)
    const { alias: _, ...without } = own
    cloud.accounts.put(own.id, without)
    return {}
  },
})

export const account = {
  GetAccountSummary: getAccountSummary,
  CreateAccountAlias: createAccountAlias,
  ListAccountAliases: listAccountAliases,
  DeleteAccountAlias: deleteAccountAlias,
}
