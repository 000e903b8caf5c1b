import { jsonService } from '../../json-service.ts'
import { type Call, type Output, operation } from '../../service.ts'
import { paging } from '../page.ts'
import { instanceOf } from '../state.ts'
import { assignmentOperations } from './assignments.ts'
import { checkInstance, needs, onInstance } from './members.ts'
import { permissionSetOperations } from './permission-sets.ts'
import { provisioningOperations } from './provisioning.ts'
import { setPolicyOperations } from './set-policies.ts'

const listInstances = operation({
  input: paging,
  needs: () => ({ action: 'sso:ListInstances', resource: '*' }),
  perform: (_, call) => ({
    Instances: call.caller.accountId === call.cloud.primaryAccount ? [instanceView(call)] : [],
  }),
})

const describeInstance = operation({
  input: onInstance,
  needs: needs('DescribeInstance'),
  perform: ({ InstanceArn }, call) => {
    checkInstance(InstanceArn, call)
    return instanceView(call)
  },
})

function instanceView({ cloud }: Call): Output {
  const { arn, identityStoreId } = instanceOf(cloud)
  return { InstanceArn: arn, IdentityStoreId: identityStoreId, OwnerAccountId: cloud.primaryAccount, Status: 'ACTIVE' }
}

/** IAM Identity Center as its administrators have it: permission sets, assignments, provisioning. */
export const ssoAdmin = jsonService({
  name: 'sso',
  targetPrefix: 'SWBExternalService',
  skewMinutes: 15,
  codes: { InternalFailure: 'InternalServerException' },
  operations: {
    ListInstances: listInstances,
    DescribeInstance: describeInstance,
    ...permissionSetOperations,
    ...setPolicyOperations,
    ...assignmentOperations,
    ...provisioningOperations,
  },
})
