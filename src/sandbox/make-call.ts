import { decodeForm, splitQuery, splitTarget } from '../wire/uri.ts'
import type { Signed } from './authenticate.ts'
import { type Authorize, type Decided, refuseUnlessAllowed } from './authorize.ts'
import type { Cloud } from './cloud.ts'
import type { Incoming } from './incoming.ts'
import type { Call, Caller, CallRecord, Inside } from './service.ts'

/** What becomes known of a call while it is served. */
export interface Trail {
  record: CallRecord
  /** The last question a policy said no to. */
  denied: Decided | undefined
}

export const newTrail = (): Trail => ({ record: { operation: '' }, denied: undefined })

export interface CallParts {
  readonly id: string
  readonly at: Date
  readonly cloud: Cloud
  readonly endpoint: string
  readonly incoming: Incoming
  readonly authorize: Authorize
  readonly trail: Trail
  readonly inside: Inside
  /** Of a call that a service makes in somebody's name. */
  readonly inner?: { readonly caller: Caller; readonly by: string; readonly region: string }
}

const anonymous: Caller = { kind: 'anonymous', accountId: '', arn: '', userId: '', accessKeyId: '' }

/** The call as services see it. */
export function makeCall(parts: CallParts, signed: Signed): Call {
  const { id, at, cloud, endpoint, incoming, authorize, trail, inside, inner } = parts
  const { request, sourceIp } = incoming
  const { path, query } = splitTarget(request.target)
  const call: Call = {
    id,
    at,
    cloud,
    endpoint,
    request,
    path,
    sourceIp,
    caller: inner?.caller ?? signed.claim?.caller ?? anonymous,
    query: splitQuery(query).map(([name, value]) => [decodeForm(name) ?? name, decodeForm(value) ?? value]),
    region: inner?.region ?? (signed.authentication?.scope.region || cloud.region),
    userAgent: inner?.by ?? request.headers.find(([name]) => name.toLowerCase() === 'user-agent')?.[1] ?? '',
    ...(inner ? { invokedBy: inner.by } : {}),
    inside,
    ...(signed.authentication ? { authentication: signed.authentication } : {}),
    body: signed.body.whole,
    stream: signed.body.stream,
    authorize: (permission, as) => {
      const decided = authorize(as ? { ...call, caller: as } : call, permission)
      if (decided.verdict.outcome !== 'allowed') trail.denied = decided
      refuseUnlessAllowed(decided, permission)
    },
    note: (told) => {
      trail.record = { ...trail.record, ...told }
    },
  }
  return call
}
