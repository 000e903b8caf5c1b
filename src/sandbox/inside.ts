import { randomUUID } from 'node:crypto'
import type { Authorize } from './authorize.ts'
import { wholeBody } from './body.ts'
import type { Cloud } from './cloud.ts'
import { Fault } from './fault.ts'
import { logCall } from './log-call.ts'
import { type CallParts, makeCall, newTrail } from './make-call.ts'
import { noteUse } from './note-use.ts'
import type { Answer, Call, InnerCaller, Inside, Service } from './service.ts'

export interface InsideParts {
  readonly cloud: Cloud
  readonly endpoint: () => string
  readonly authorize: Authorize
  readonly services: readonly Service[]
  /** Told what went wrong in the background, a line each. */
  readonly log: (line: string) => void
}

/** The sandbox as its own services use it: calls in somebody's name, and work that goes on after the answer. */
export interface OpenInside extends Inside {
  /** Resolves when no work is under way. */
  readonly idle: () => Promise<void>
}

export function openInside(parts: InsideParts): OpenInside {
  const { cloud, log } = parts
  const underWay = new Set<Promise<void>>()
  const inside: OpenInside = {
    as: (caller, by, region) => innerCaller(parts, inside, { caller, by, region: region ?? cloud.region }),
    background(work) {
      const done = run(work)
        .catch((error) => log(`in the background: ${error instanceof Error ? error.stack : String(error)}`))
        .finally(() => underWay.delete(done))
      underWay.add(done)
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
  }
  // The answer to the call that began it leaves first.
  async function run(work: () => Promise<void>): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    try {
      await work()
    } finally {
      cloud.store.flush()
    }
  }
  return inside
}

function innerCaller(
  { cloud, endpoint, authorize, services }: InsideParts,
  inside: Inside,
  inner: NonNullable<CallParts['inner']>,
): InnerCaller {
  function made(sent: Parameters<InnerCaller['request']>[1]) {
    const trail = newTrail()
    const { method, target, headers = {}, body = '' } = sent
    const request = {
      method,
      target,
      headers: [['Host', new URL(endpoint()).host], ...Object.entries(headers)],
    } as const
    const incoming = { request, source: wholeBody(Buffer.from(body)).stream(), sourceIp: inner.by }
    const call = makeCall(
      { id: randomUUID(), at: cloud.now(), cloud, endpoint: endpoint(), incoming, authorize, trail, inside, inner },
      { body: wholeBody(Buffer.from(body)) },
    )
    return { call, trail }
  }
  /** The column of the kernel again, from the decision on: nobody signed this, and nobody reads its answer as a text. */
  async function serve<T>(
    name: string,
    sent: Parameters<InnerCaller['request']>[1],
    act: (service: Service, call: Call) => T | Promise<T>,
  ): Promise<T> {
    const service = services.find((candidate) => candidate.name === name)
    if (service === undefined) throw new Fault('UnknownService', 400, `The sandbox has no service ${name}`)
    const { call, trail } = made(sent)
    noteUse(call, service.name)
    try {
      const done = await act(service, call)
      logCall(call, trail, { service: name, status: 200 })
      return done
    } catch (error) {
      if (error instanceof Fault) logCall(call, trail, { service: name, status: error.status, fault: error })
      throw error
    } finally {
      cloud.store.flush()
    }
  }
  return {
    caller: inner.caller,
    invoke: (name, operation, input) =>
      serve(name, { method: 'POST', target: '/' }, (service, call) => {
        if (service.invoke === undefined)
          throw new Fault('UnknownOperationException', 400, `${name} has no ${operation}`)
        return service.invoke(operation, input, call)
      }),
    permit: (name, operation, permission, act) => {
      const { call, trail } = made({ method: 'POST', target: '/' })
      call.note({ operation })
      try {
        call.authorize(permission)
        act?.(cloud.store)
        logCall(call, trail, { service: name, status: 200 })
      } catch (error) {
        if (error instanceof Fault) logCall(call, trail, { service: name, status: error.status, fault: error })
        throw error
      } finally {
        cloud.store.flush()
      }
    },
    request: (name, sent) => serve<Answer>(name, sent, (service, call) => service.handle(call)),
  }
}
