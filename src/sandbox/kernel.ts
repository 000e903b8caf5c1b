import { randomUUID } from 'node:crypto'
import { authenticate } from './authenticate.ts'
import type { Authorize } from './authorize.ts'
import { wholeBody } from './body.ts'
import type { Cloud } from './cloud.ts'
import type { Control } from './control.ts'
import { refuseAtDoor } from './door.ts'
import { Fault } from './fault.ts'
import type { Incoming } from './incoming.ts'
import type { OpenInside } from './inside.ts'
import { logCall } from './log-call.ts'
import { makeCall, newTrail } from './make-call.ts'
import { noteUse } from './note-use.ts'
import { writeRefusal } from './query-service.ts'
import type { Answer } from './service.ts'
import { findService } from './services.ts'

export interface KernelParts {
  readonly cloud: Cloud
  readonly control: Control
  readonly endpoint: () => string
  readonly authorize: Authorize
  readonly inside: OpenInside
  /** Told what went wrong inside, one line each; callers are told only that something did. */
  readonly log: (line: string) => void
}

/** Serves one request. Never rejects: whatever goes wrong is an answer. */
export type Kernel = (incoming: Incoming) => Promise<Answer>

/** The column every request goes down: door, service, authentication, decision and operation, record, answer. */
export function kernel({ cloud, control, endpoint, authorize, inside, log }: KernelParts): Kernel {
  return async (incoming) => {
    const id = randomUUID()
    const at = cloud.now()
    const asFault = (error: unknown): Fault => faultOf(error, id, log)

    try {
      refuseAtDoor(incoming.request)
      if (incoming.request.target.startsWith('/_mayfly/')) return await control(incoming)
    } catch (error) {
      return stamp(writeRefusal(asFault(error), id, 'https://mayfly.invalid/doc/'), id, at)
    }

    const service = findService(incoming.request)
    const trail = newTrail()
    const parts = { id, at, cloud, endpoint: endpoint(), incoming, authorize, trail, inside }
    let call = makeCall(parts, { body: wholeBody(new Uint8Array()) })
    let answer: Answer
    let fault: Fault | undefined
    try {
      const signed = await authenticate(cloud, service, incoming, at)
      call = makeCall(parts, signed)
      noteUse(call, service.name)
      answer = await service.handle(call)
    } catch (error) {
      fault = asFault(error)
      answer = service.refuse(fault, id)
    }

    try {
      logCall(call, trail, { service: service.name, status: answer.status, ...(fault && { fault }) })
      cloud.store.flush()
    } catch (error) {
      answer = service.refuse(asFault(error), id)
    }
    return stamp(answer, id, at)
  }
}

function faultOf(error: unknown, id: string, log: (line: string) => void): Fault {
  if (error instanceof Fault) return error
  if (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
    return new Fault('IncompleteBody', 400, 'The request ended before its body did')
  log(`request ${id}: ${JSON.stringify(error instanceof Error ? error.stack : String(error))}`)
  return new Fault('InternalFailure', 500, 'The request processing has failed because of an unknown error.')
}

/** Adds the request id (S3 has its own headers for it) and the sandbox's time, from which SDKs correct their clocks. */
function stamp(answer: Answer, id: string, at: Date): Answer {
  const ids = answer.headers['x-amz-request-id'] === undefined ? { 'x-amzn-RequestId': id } : {}
  return { ...answer, headers: { ...ids, Date: at.toUTCString(), ...answer.headers } }
}
