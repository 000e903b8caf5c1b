import { jsonService } from '../../json-service.ts'
import { groupOperations } from './groups.ts'
import { membershipOperations } from './memberships.ts'
import { userOperations } from './users.ts'

/** The identity store: who signs in to Identity Center, and their groups. */
export const identityStore = jsonService({
  name: 'identitystore',
  targetPrefix: 'AWSIdentityStore',
  skewMinutes: 15,
  codes: { InternalFailure: 'InternalServerException' },
  operations: { ...userOperations, ...groupOperations, ...membershipOperations },
})
