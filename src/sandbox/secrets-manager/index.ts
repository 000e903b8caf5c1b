import { jsonService } from '../json-service.ts'
import type { Service } from '../service.ts'
import { creation } from './creation.ts'
import { deletion } from './deletion.ts'
import { listing } from './listing.ts'
import { randomPassword } from './random-password.ts'
import { resourcePolicies } from './resource-policies.ts'
import { rotation } from './rotation.ts'
import { tags } from './tags.ts'
import { values } from './values.ts'

/** AWS Secrets Manager, API version 2017-10-17. */
export const secretsManager: Service = jsonService({
  name: 'secretsmanager',
  targetPrefix: 'secretsmanager',
  skewMinutes: 5,
  codes: { InternalFailure: 'InternalServiceError' },
  operations: {
    ...{ ...creation, ...values, ...listing, ...deletion },
    ...{ ...rotation, ...randomPassword, ...resourcePolicies, ...tags },
  },
})
