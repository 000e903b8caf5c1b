import { randomUUID } from 'node:crypto'
import type { LoggedCall } from './cloud.ts'
import { cloudTrailRecord } from './cloudtrail/record.ts'
import type { Fault } from './fault.ts'
import type { Trail } from './make-call.ts'
import type { Call } from './service.ts'

/** The newest this many calls are kept. */
const mostKept = 20_000
const spare = 2000

/** How a call ended. */
export interface Ending {
  readonly service: string
  readonly status: number
  readonly fault?: Fault
}

/** Writes a call into the request log; one into another account's role also into that account's. */
export function logCall(call: Call, { record, denied }: Trail, ending: Ending): void {
  const { calls } = call.cloud
  const home = record.vouched?.accountId ?? call.caller.accountId
  const other = ending.fault ? undefined : record.resources?.find(({ accountId }) => accountId !== home)
  const shared = other && { sharedEventId: randomUUID() }
  const failure = ending.fault && { errorCode: ending.fault.code, errorMessage: ending.fault.message }
  const line = (id: string, accountId: string, detail: Record<string, unknown>): LoggedCall => ({
    id,
    at: call.at.toISOString(),
    accountId,
    service: ending.service,
    operation: record.operation,
    status: ending.status,
    ...(ending.fault ? { errorCode: ending.fault.code } : {}),
    ...(call.caller.accessKeyId === '' ? {} : { accessKeyId: call.caller.accessKeyId }),
    sourceIp: call.sourceIp,
    detail,
    ...(ending.fault && denied ? { denied } : {}),
  })
  const outcome = { service: ending.service, ...failure, ...shared }
  calls.put(call.id, line(call.id, home, cloudTrailRecord(call, record, outcome)))
  if (other) {
    const told = cloudTrailRecord(call, record, { ...outcome, recipientAccountId: other.accountId })
    calls.put(`${call.id}-${other.accountId}`, line(`${call.id}-${other.accountId}`, other.accountId, told))
  }
  if (calls.size > mostKept + spare) dropOldest(call)
}

// Many at once: looking for the oldest of a map after each removal would walk over all that were removed before.
function dropOldest({ cloud: { calls } }: Call): void {
  const surplus: string[] = []
  for (const { id } of calls.values()) {
    if (surplus.length === spare) break
    surplus.push(id)
  }
  for (const id of surplus) calls.delete(id)
}
