import type { Cloud } from '../../cloud.ts'
import { type Call, type Output, operation } from '../../service.ts'
import { oneOf, required, structure, text } from '../../shape.ts'
import { pageOf, paging } from '../page.ts'
import { provision, withdraw } from '../provision.ts'
import { type Assignment, assignmentId, stateOf } from '../state.ts'
import {
  accountId,
  checkAccount,
  checkInstance,
  needs,
  notFound,
  onInstance,
  onSet,
  principalId,
  setIn,
} from './members.ts'
import { described, finished } from './requests.ts'

const assignment = {
  ...onSet,
  TargetId: accountId,
  TargetType: required(oneOf('AWS_ACCOUNT')),
  PrincipalType: required(oneOf('USER', 'GROUP')),
  PrincipalId: principalId,
}

const createAssignment = operation({
  input: assignment,
  needs: needs('CreateAccountAssignment'),
  perform: (input, call) => {
    const set = setIn(input, call)
    checkAccount(input.TargetId, call.cloud)
    checkPrincipal(call.cloud, input.PrincipalType, input.PrincipalId)
    const made = assignmentIn(input)
    stateOf(call.cloud).assignments.put(assignmentId(made), made)
    // AWS gives a first assignment the set as it stands; an account that has the role already keeps what it has.
    if (!set.provisioned[input.TargetId]) provision(call.cloud, set, input.TargetId)
    return { AccountAssignmentCreationStatus: finished(call, 'creation', statusOf(made)) }
  },
})

const deleteAssignment = operation({
  input: assignment,
  needs: needs('DeleteAccountAssignment'),
  perform: (input, call) => {
    const set = setIn(input, call)
    const gone = assignmentIn(input)
    const { assignments } = stateOf(call.cloud)
    if (!assignments.delete(assignmentId(gone))) throw notFound('AccountAssignment')
    const isLeft = [...assignments.values()].some(
      (other) => other.accountId === gone.accountId && other.permissionSetArn === gone.permissionSetArn,
    )
    if (!isLeft) withdraw(call.cloud, set, gone.accountId)
    return { AccountAssignmentDeletionStatus: finished(call, 'deletion', statusOf(gone)) }
  },
})

const describeCreation = operation({
  input: { ...onInstance, AccountAssignmentCreationRequestId: required(text({ min: 36, max: 36 })) },
  needs: needs('DescribeAccountAssignmentCreationStatus'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    return {
      AccountAssignmentCreationStatus: described(call, 'creation', input.AccountAssignmentCreationRequestId),
    }
  },
})

const describeDeletion = operation({
  input: { ...onInstance, AccountAssignmentDeletionRequestId: required(text({ min: 36, max: 36 })) },
  needs: needs('DescribeAccountAssignmentDeletionStatus'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    return {
      AccountAssignmentDeletionStatus: described(call, 'deletion', input.AccountAssignmentDeletionRequestId),
    }
  },
})

const listAssignments = operation({
  input: { ...onSet, AccountId: accountId, ...paging },
  needs: needs('ListAccountAssignments'),
  perform: (input, call) => {
    const { arn } = setIn(input, call)
    return told(call, (one) => one.accountId === input.AccountId && one.permissionSetArn === arn, input)
  },
})

const listForPrincipal = operation({
  input: {
    ...onInstance,
    PrincipalId: principalId,
    PrincipalType: required(oneOf('USER', 'GROUP')),
    Filter: structure({ AccountId: text({ min: 12, max: 12 }) }),
    ...paging,
  },
  needs: needs('ListAccountAssignmentsForPrincipal'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    const only = input.Filter?.AccountId
    const groups = input.PrincipalType === 'USER' ? groupsOf(call.cloud, input.PrincipalId) : []
    return told(
      call,
      (one) =>
        (one.principalId === input.PrincipalId || groups.includes(one.principalId)) &&
        (only === undefined || one.accountId === only),
      input,
    )
  },
})

export const assignmentOperations = {
  CreateAccountAssignment: createAssignment,
  DeleteAccountAssignment: deleteAssignment,
  DescribeAccountAssignmentCreationStatus: describeCreation,
  DescribeAccountAssignmentDeletionStatus: describeDeletion,
  ListAccountAssignments: listAssignments,
  ListAccountAssignmentsForPrincipal: listForPrincipal,
}

interface AssignmentInput {
  readonly TargetId: string
  readonly PermissionSetArn: string
  readonly PrincipalType: 'USER' | 'GROUP'
  readonly PrincipalId: string
}

const assignmentIn = ({ TargetId, PermissionSetArn, PrincipalType, PrincipalId }: AssignmentInput): Assignment => ({
  accountId: TargetId,
  permissionSetArn: PermissionSetArn,
  principalType: PrincipalType,
  principalId: PrincipalId,
})

const statusOf = (one: Assignment): Readonly<Record<string, string>> => ({
  TargetId: one.accountId,
  TargetType: 'AWS_ACCOUNT',
  PermissionSetArn: one.permissionSetArn,
  PrincipalType: one.principalType,
  PrincipalId: one.principalId,
})

function checkPrincipal(cloud: Cloud, type: 'USER' | 'GROUP', id: string): void {
  const { people, groups } = stateOf(cloud)
  if ((type === 'USER' ? people : groups).get(id) === undefined) throw notFound(`${type} with id ${id}`)
}

const groupsOf = (cloud: Cloud, personId: string): readonly string[] =>
  [...stateOf(cloud).memberships.values()].filter(({ userId }) => userId === personId).map(({ groupId }) => groupId)

function told({ cloud }: Call, which: (one: Assignment) => boolean, paged: Parameters<typeof pageOf>[1]): Output {
  const { items, next } = pageOf([...stateOf(cloud).assignments.values()].filter(which), paged)
  const views = items.map((one) => ({
    AccountId: one.accountId,
    PermissionSetArn: one.permissionSetArn,
    PrincipalType: one.principalType,
    PrincipalId: one.principalId,
  }))
  return { AccountAssignments: views, ...(next && { NextToken: next }) }
}
