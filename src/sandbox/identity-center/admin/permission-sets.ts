import { validationError } from '../../fault.ts'
import { type Output, operation } from '../../service.ts'
import { list, required, structure, text } from '../../shape.ts'
import { pageOf, paging } from '../page.ts'
import { sessionSeconds } from '../provision.ts'
import { instanceOf, type PermissionSet, stateOf } from '../state.ts'
import { changeSet, checkInstance, conflict, needs, onInstance, onSet, setIn } from './members.ts'

const description = text({ min: 1, max: 700 })
const duration = text({ min: 1, max: 100 })
const relayState = text({ min: 1, max: 240 })

const createPermissionSet = operation({
  input: {
    ...onInstance,
    Name: required(text({ min: 1, max: 32, pattern: '[\\w+=,.@-]+' })),
    Description: description,
    SessionDuration: duration,
    RelayState: relayState,
    Tags: list(structure({ Key: required(text({ min: 1, max: 128 })), Value: required(text({ max: 256 })) }), {
      max: 50,
    }),
  },
  needs: needs('CreatePermissionSet'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    const { cloud } = call
    const { permissionSets } = stateOf(cloud)
    for (const { name } of permissionSets.values())
      if (name === input.Name) throw conflict(`PermissionSet with name ${input.Name} already exists.`)
    const digits = Buffer.from(cloud.randomBytes(8)).toString('hex')
    const set: PermissionSet = {
      arn: `arn:aws:sso:::permissionSet/${instanceOf(cloud).id}/ps-${digits}`,
      name: input.Name,
      sessionDuration: checkedDuration(input.SessionDuration ?? 'PT1H'),
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.RelayState === undefined ? {} : { relayState: input.RelayState }),
      createdAt: call.at.toISOString(),
      managed: [],
      tags: Object.fromEntries((input.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
      version: 1,
      provisioned: {},
    }
    permissionSets.put(set.arn, set)
    return { PermissionSet: viewOf(set) }
  },
})

const describePermissionSet = operation({
  input: onSet,
  needs: needs('DescribePermissionSet'),
  perform: (input, call) => ({ PermissionSet: viewOf(setIn(input, call)) }),
})

const updatePermissionSet = operation({
  input: { ...onSet, Description: description, SessionDuration: duration, RelayState: relayState },
  needs: needs('UpdatePermissionSet'),
  perform: (input, call) => {
    const set = setIn(input, call)
    changeSet(call.cloud, {
      ...set,
      ...(input.Description === undefined ? {} : { description: input.Description }),
      ...(input.RelayState === undefined ? {} : { relayState: input.RelayState }),
      ...(input.SessionDuration === undefined ? {} : { sessionDuration: checkedDuration(input.SessionDuration) }),
    })
    return {}
  },
})

const deletePermissionSet = operation({
  input: onSet,
  needs: needs('DeletePermissionSet'),
  perform: (input, call) => {
    const set = setIn(input, call)
    const { assignments, permissionSets } = stateOf(call.cloud)
    for (const { permissionSetArn } of assignments.values())
      if (permissionSetArn === set.arn)
        throw conflict('PermissionSet is provisioned to accounts and cannot be deleted.')
    permissionSets.delete(set.arn)
    return {}
  },
})

const listPermissionSets = operation({
  input: { ...onInstance, ...paging },
  needs: needs('ListPermissionSets'),
  perform: (input, call) => {
    checkInstance(input.InstanceArn, call)
    const arns = Array.from(stateOf(call.cloud).permissionSets.values(), ({ arn }) => arn)
    const { items, next } = pageOf(arns, input)
    return { PermissionSets: items, ...(next && { NextToken: next }) }
  },
})

export const permissionSetOperations = {
  CreatePermissionSet: createPermissionSet,
  DescribePermissionSet: describePermissionSet,
  UpdatePermissionSet: updatePermissionSet,
  DeletePermissionSet: deletePermissionSet,
  ListPermissionSets: listPermissionSets,
}

function checkedDuration(duration: string): string {
  if (sessionSeconds(duration) === undefined)
    throw validationError(`SessionDuration ${duration} is not a duration from PT1H to PT12H.`)
  return duration
}

const viewOf = (set: PermissionSet): Output => ({
  Name: set.name,
  PermissionSetArn: set.arn,
  ...(set.description === undefined ? {} : { Description: set.description }),
  CreatedDate: new Date(set.createdAt),
  SessionDuration: set.sessionDuration,
  ...(set.relayState === undefined ? {} : { RelayState: set.relayState }),
})
