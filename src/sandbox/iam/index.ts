import { queryService } from '../query-service.ts'
import type { Service } from '../service.ts'
import { accessKeys } from './access-keys.ts'
import { inlinePolicies } from './inline-policies.ts'
import { mfaDevices } from './mfa-devices.ts'
import { roles } from './roles.ts'
import { users } from './users.ts'

/** IAM: the account's users, keys, groups, roles and policies. See the IAM API Reference, version 2010-05-08. */
export const iam: Service = queryService({
  name: 'iam',
  version: '2010-05-08',
  xmlns: 'https://iam.amazonaws.com/doc/2010-05-08/',
  skewMinutes: 15,
  operations: {
    ...users,
    ...accessKeys,
    ...mfaDevices,
    ...roles,
    ...inlinePolicies,
  },
})
