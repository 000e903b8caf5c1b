import { randomUUID } from 'node:crypto'
import type { Authentication } from '../wire/sigv4/authentication.ts'
import { decodeForm, splitQuery, splitTarget } from '../wire/uri.ts'
import { authenticate } from './authenticate.ts'
import { authorizer, type Decided, refuseUnlessAllowed } from './authorize.ts'
import { type Body, wholeBody } from './body.ts'
import type { Cloud } from './cloud.ts'
import type { Control } from './control.ts'
import { refuseAtDoor } from './door.ts'
import { Fault } from './fault.ts'
import type { Incoming } from './incoming.ts'
import { logCall } from './log-call.ts'
import { noteUse } from './note-use.ts'
import { writeRefusal } from './query-service.ts'
import type { Answer, Call, Caller, CallRecord, Permission } from './service.ts'
import { findService } from './services.ts'

export interface KernelParts {
  readonly cloud: Cloud
  readonly control: Control
  readonly endpoint: () => string
  /** Told what went wrong inside, one line each; callers are told only that something did. */
  readonly log: (line: string) => void
}

/** Serves one request. Never rejects: whatever goes wrong is an answer. */
export type Kernel = (incoming: Incoming) => Promise<Answer>

/** The column every request goes down: door, service, authentication, decision, operation, record, answer. */
export function kernel(parts: KernelParts): Kernel {
  const { cloud, control } = parts
  const authorize = authorizer()
  return async (incoming) => {
    const id = randomUUID()
    const asFault = (error: unknown): Fault => faultOf(error, id, parts.log)
    try {
      refuseAtDoor(incoming.request)
      if (incoming.request.target.startsWith('/_mayfly/')) return await control(incoming)
    } catch (error) {
      return stamp(writeRefusal(asFault(error), id, 'https://mayfly.invalid/doc/'), id, cloud.now())
    }
    const service = findService(incoming.request)
    const at = cloud.now()
    const denials: Decided[] = []
    let record: CallRecord | undefined
    let caller = anonymous
    let region = cloud.region
    let answer: Answer
    let fault: Fault | undefined
    const callWith = (body: Body, authentication?: Authentication): Call => ({
      id,
      at,
      cloud,
      caller,
      region,
      body: body.whole,
      stream: body.stream,
      ...(authentication ? { authentication } : {}),
      ...factsOf(incoming, parts.endpoint()),
      authorize: (permission: Permission) => {
        const decided = authorize({ at, caller, cloud, region, ...clientOf(incoming) }, permission)
        if (decided.verdict.outcome !== 'allowed') denials.push(decided)
        refuseUnlessAllowed(decided, permission.terse === true)
      },
      note: (told) => {
        record = { ...record, ...told }
      },
    })
    let call = callWith(wholeBody(new Uint8Array()))
    try {
      const signed = await authenticate(cloud, service, incoming, at)
      if (signed.claim) {
        caller = signed.claim.caller
        region = signed.authentication.scope.region || cloud.region
        noteUse(cloud, caller, { at, region, service: service.name })
      }
      call = callWith(signed.body, signed.authentication)
      answer = await service.handle(call)
    } catch (error) {
      fault = asFault(error)
      answer = service.refuse(fault, id)
    }
    try {
      const denied = fault && denials.at(-1)
      const ending = {
        service: service.name,
        status: answer.status,
        ...(fault && { fault }),
        ...(denied && { denied }),
      }
      logCall(call, record ?? { operation: '' }, ending)
      cloud.store.flush()
    } catch (error) {
      answer = service.refuse(asFault(error), id)
    }
    return stamp(answer, id, at)
  }
}

const anonymous: Caller = { kind: 'anonymous', accountId: '', arn: '', userId: '', accessKeyId: '' }

function factsOf(incoming: Incoming, endpoint: string) {
  const { request } = incoming
  const { path, query } = splitTarget(request.target)
  return {
    request,
    path,
    query: splitQuery(query).map(([name, value]) => [decodeForm(name) ?? name, decodeForm(value) ?? value] as const),
    endpoint,
    ...clientOf(incoming),
  }
}

function clientOf({ request, sourceIp }: Incoming): { readonly sourceIp: string; readonly userAgent: string } {
  const userAgent = request.headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? ''
  return { sourceIp, userAgent }
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
