import type { Call, Output } from '../../service.ts'
import { type AdminRequest, newUuid, stateOf } from '../state.ts'
import { notFound } from './members.ts'

/** Keeps what an asynchronous operation did, and tells it: here everything is done before it is answered. */
export function finished(call: Call, kind: AdminRequest['kind'], status: AdminRequest['status']): Output {
  const request: AdminRequest = { id: newUuid(call.cloud), kind, status, createdAt: call.at.toISOString() }
  stateOf(call.cloud).requests.put(request.id, request)
  // AWS answers IN_PROGRESS first; programs ask again until it is not, and may be answered so at once.
  return viewOf({ ...request, status: { ...status, Status: 'IN_PROGRESS' } })
}

/** How an operation of before ended. */
export function described({ cloud }: Call, kind: AdminRequest['kind'], id: string): Output {
  const request = stateOf(cloud).requests.get(id)
  if (request?.kind !== kind) throw notFound(`Request with id ${id}`)
  return viewOf(request)
}

const viewOf = ({ id, status, createdAt }: AdminRequest): Output => ({
  Status: 'SUCCEEDED',
  RequestId: id,
  ...status,
  CreatedDate: new Date(createdAt),
})
