import { queryService } from '../query-service.ts'
import type { Service } from '../service.ts'
import { accessKeys } from './access-keys.ts'
import { account } from './account.ts'
import { attachments } from './attachments.ts'
import { authorizationDetails } from './authorization-details.ts'
import { boundaries } from './boundaries.ts'
import { credentialReports } from './credential-report.ts'
import { groups } from './groups.ts'
import { inlinePolicies } from './inline-policies.ts'
import { instanceProfiles } from './instance-profiles.ts'
import { lastAccessed } from './last-accessed.ts'
import { loginProfiles } from './login-profiles.ts'
import { managedPolicies } from './managed-policies.ts'
import { mfaDevices } from './mfa-devices.ts'
import { openIdConnectProviders } from './open-id-connect-providers.ts'
import { passwordPolicy } from './password-policy.ts'
import { policyVersions } from './policy-versions.ts'
import { roles } from './roles.ts'
import { samlProviders } from './saml-providers.ts'
import { serviceLinkedRoles } from './service-linked-roles.ts'
import { simulate } from './simulate.ts'
import { tags } from './tags.ts'
import { unkept } from './unkept.ts'
import { users } from './users.ts'

export { seedManagedPolicies } from './aws-policies.ts'

/** IAM: the account's users, keys, groups, roles and policies. See the IAM API Reference, version 2010-05-08. */
export const iam: Service = queryService({
  name: 'iam',
  version: '2010-05-08',
  xmlns: 'https://iam.amazonaws.com/doc/2010-05-08/',
  skewMinutes: 15,
  operations: {
    ...accessKeys,
    ...attachments,
    ...boundaries,
    ...groups,
    ...inlinePolicies,
    ...instanceProfiles,
    ...managedPolicies,
    ...mfaDevices,
    ...openIdConnectProviders,
    ...policyVersions,
    ...roles,
    ...samlProviders,
    ...serviceLinkedRoles,
    ...simulate,
    ...tags,
    ...users,
    ...account,
    ...authorizationDetails,
    ...credentialReports,
    ...lastAccessed,
    ...loginProfiles,
    ...passwordPolicy,
    ...unkept,
  },
})
