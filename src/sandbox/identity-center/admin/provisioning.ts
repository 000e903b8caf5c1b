import { validationError } from '../../fault.ts'
import { operation } from '../../service.ts'
import { oneOf, required, text } from '../../shape.ts'
import { pageOf, paging } from '../page.ts'
import { provision } from '../provision.ts'
import { type PermissionSet, stateOf } from '../state.ts'
import { accountId, checkInstance, needs, notFound, onInstance, onSet, setIn } from './members.ts'
import { described, finished } from './requests.ts'

const provisionSet = operation({
  input: {
    ...onSet,
    TargetId: text({ min: 12, max: 12 }),
    TargetType: required(oneOf('AWS_ACCOUNT', 'ALL_PROVISIONED_ACCOUNTS')),
  },
  needs: needs('ProvisionPermissionSet'),
  perform: (input, call) => {
    let set = setIn(input, call)
    const one = input.TargetType === 'AWS_ACCOUNT'
    if (one !== (input.TargetId !== undefined))
      throw validationError(
        `TargetId ${one ? 'is required' : 'must be absent'} for the TargetType ${input.TargetType}.`,
      )
    if (input.TargetId !== undefined && !set.provisioned[input.TargetId])
      throw notFound(`PermissionSet in account ${input.TargetId}`)
    for (const id of input.TargetId === undefined ? Object.keys(set.provisioned) : [input.TargetId])
      set = provision(call.cloud, set, id)
    const status = {
      ...(input.TargetId === undefined ? {} : { AccountId: input.TargetId }),
      PermissionSetArn: set.arn,
    }
    return { PermissionSetProvisioningStatus: finished(call, 'provisioning', status) }
  },
})

const describeProvisioning = operation({
  input: { ...onInstance, ProvisionPermissionSetRequestId: required(text({ min: 36, max: 36 })) },
  needs: needs('DescribePermissionSetProvisioningStatus'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    return { PermissionSetProvisioningStatus: described(call, 'provisioning', input.ProvisionPermissionSetRequestId) }
  },
})

const status = oneOf('LATEST_PERMISSION_SET_PROVISIONED', 'LATEST_PERMISSION_SET_NOT_PROVISIONED')

const listAccounts = operation({
  input: { ...onSet, ProvisioningStatus: status, ...paging },
  needs: needs('ListAccountsForProvisionedPermissionSet'),
  perform: (input, call) => {
    const set = setIn(input, call)
    const ids = Object.keys(set.provisioned).filter((id) => hasStatus(set, id, input.ProvisioningStatus))
    const { items, next } = pageOf(ids, input)
    return { AccountIds: items, ...(next && { NextToken: next }) }
  },
})

const listSets = operation({
  input: { ...onInstance, AccountId: accountId, ProvisioningStatus: status, ...paging },
  needs: needs('ListPermissionSetsProvisionedToAccount'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    const arns = [...stateOf(call.cloud).permissionSets.values()]
      .filter((set) => hasStatus(set, input.AccountId, input.ProvisioningStatus))
      .map(({ arn }) => arn)
    const { items, next } = pageOf(arns, input)
    return { PermissionSets: items, ...(next && { NextToken: next }) }
  },
})

function hasStatus(set: PermissionSet, account: string, wanted: string | undefined): boolean {
  const at = set.provisioned[account]
  if (!at) return false
  return wanted === undefined || (at.version === set.version) === (wanted === 'LATEST_PERMISSION_SET_PROVISIONED')
}

export const provisioningOperations = {
  ProvisionPermissionSet: provisionSet,
  DescribePermissionSetProvisioningStatus: describeProvisioning,
  ListAccountsForProvisionedPermissionSet: listAccounts,
  ListPermissionSetsProvisionedToAccount: listSets,
}
