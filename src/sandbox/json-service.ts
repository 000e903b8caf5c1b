import { headerOf } from '../wire/message.ts'
import { Fault } from './fault.ts'
import { invoker, perform } from './perform.ts'
import { readJson } from './read-json.ts'
import type { Answer, Operation, Service } from './service.ts'

export interface JsonServiceOptions {
  /** The name in the credential scope. */
  readonly name: string
  /** What stands before the operation in `X-Amz-Target`, without the dot. */
  readonly targetPrefix: string
  /** Codes of faults that this service spells in a way of its own. */
  readonly codes?: Readonly<Record<string, string>>
  readonly skewMinutes: number
  readonly operations: Readonly<Record<string, Operation>>
}

const jsonHeaders = { 'Content-Type': 'application/x-amz-json-1.1' }

/** A service that speaks AWS JSON 1.1: the operation in `X-Amz-Target`, JSON in and out, instants as epoch seconds. */
export function jsonService(options: JsonServiceOptions): Service {
  const operations = new Map(Object.entries(options.operations))
  // Some clients leave the namespace out: CloudTrail's name is `com.amazonaws…CloudTrail_20131101` to botocore only.
  const prefixes = [options.targetPrefix, options.targetPrefix.replace(/^.*\./, '')]
  return {
    name: options.name,
    protocol: 'json',
    targetPrefix: options.targetPrefix,
    skewMinutes: options.skewMinutes,
    operations: [...operations.keys()],
    invoke: invoker(options.name, operations),
    handle: async (call) => {
      if (call.path !== '/' || call.request.method !== 'POST') throw new Fault('UnknownOperationException', 404, '')
      const target = headerOf(call.request, 'x-amz-target') ?? ''
      const dot = target.lastIndexOf('.')
      const operation = prefixes.includes(target.slice(0, dot)) ? operations.get(target.slice(dot + 1)) : undefined
      if (operation === undefined) throw new Fault('UnknownOperationException', 400, '')
      const input = await readJson(call)
      const output = await perform(options.name, target.slice(dot + 1), operation, input, call)
      return { status: 200, headers: jsonHeaders, body: JSON.stringify(wireValue(output)) }
    },
    refuse: (fault) => refusal(fault, options.codes ?? {}),
  }
}

/** Instants become epoch seconds and bytes base64, at any depth. */
function wireValue(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(wireValue)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, wireValue(member)]))
}

/** How JSON services spell what query services say too. */
const spelling: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDeniedException',
  ValidationError: 'ValidationException',
  InternalFailure: 'InternalServerError',
  Throttling: 'ThrottlingException',
}

function refusal(fault: Fault, codes: Readonly<Record<string, string>>): Answer {
  const code = codes[fault.code] ?? spelling[fault.code] ?? fault.code
  const status = code === 'AccessDeniedException' ? 400 : fault.status
  const message = code === 'AccessDeniedException' ? { Message: fault.message } : { message: fault.message }
  return { status, headers: jsonHeaders, body: JSON.stringify({ __type: code, ...message, ...fault.detail }) }
}
