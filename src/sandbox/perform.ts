import { readsOnly, trailMembers } from './cloudtrail/record.ts'
import { Fault } from './fault.ts'
import type { Call, Operation, Output, Service } from './service.ts'
import { admitSession } from './session-limits.ts'
import { readInput, type Shape } from './shape.ts'

/**
 * One operation of a query or JSON service, whatever its protocol: read its input, ask for what it needs, do it, and
 * note it for CloudTrail, refused or not.
 */
export async function perform(
  service: string,
  name: string,
  operation: Operation,
  given: object,
  call: Call,
): Promise<Output> {
  const readOnly = operation.readOnly ?? readsOnly(name)
  call.note({ operation: name, readOnly })
  admitSession(service, name, call.caller)
  const input = readInput(operation.input, given)
  const requestParameters = membersOf(toldOf(operation.input, input))
  call.note({ operation: name, ...(Object.keys(requestParameters).length > 0 ? { requestParameters } : {}) })
  const needs = operation.needs?.(input, call) ?? []
  for (const permission of Array.isArray(needs) ? needs : [needs]) call.authorize(permission)
  const output = await operation.perform(input, call)
  if (!readOnly || operation.tellsAnswer === true) call.note({ operation: name, responseElements: membersOf(output) })
  return output
}

const toldOf = (shape: Shape, input: object): object =>
  Object.fromEntries(Object.entries(input).filter(([member]) => shape[member]?.untold !== true))

/** What a table of operations lets the sandbox's own services call. */
export const invoker =
  (service: string, operations: ReadonlyMap<string, Operation>): NonNullable<Service['invoke']> =>
  async (name, input, call) => {
    const operation = operations.get(name)
    if (operation === undefined)
      throw new Fault('UnknownOperationException', 400, `${service} has no operation ${name}`)
    return perform(service, name, operation, input, call)
  }

// What is told of a structure is a structure.
const membersOf = (members: object): Readonly<Record<string, unknown>> =>
  trailMembers(members) as Readonly<Record<string, unknown>>
