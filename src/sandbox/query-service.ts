import { headerOf, type WireRequest } from '../wire/message.ts'
import { decodeQuery, type QueryParams } from '../wire/query.ts'
import { readAuthentication } from '../wire/sigv4/authentication.ts'
import { splitTarget } from '../wire/uri.ts'
import { WireFault } from '../wire/wire-fault.ts'
import { writeXml, type XmlFields, type XmlValue } from '../wire/xml.ts'
import { Fault } from './fault.ts'
import { invoker, perform } from './perform.ts'
import type { Answer, Call, Operation, Output, Service } from './service.ts'

export interface QueryServiceOptions {
  /** The name in the credential scope. */
  readonly name: string
  /** The API version every call must name. */
  readonly version: string
  readonly xmlns: string
  readonly skewMinutes: number
  readonly operations: Readonly<Record<string, Operation>>
}

/** A service that speaks the AWS query protocol: form parameters in, XML out. */
export function queryService(options: QueryServiceOptions): Service {
  const operations = new Map(Object.entries(options.operations))
  const takesUnsigned = Object.values(options.operations).some(({ unsigned }) => unsigned === true)
  return {
    name: options.name,
    protocol: 'query',
    skewMinutes: options.skewMinutes,
    operations: [...operations.keys()],
    ...(takesUnsigned ? { claims: isUnsignedQuery } : {}),
    invoke: invoker(options.name, operations),
    handle: async (call) => {
      const params = await readParams(call)
      const name = params.Action
      const operation = params.Version === options.version ? operations.get(String(name)) : undefined
      if (call.caller.kind === 'anonymous' && operation?.unsigned !== true) throw unsigned()
      if (typeof name !== 'string' || name === '')
        throw new Fault('MissingAction', 400, 'The request must contain the parameter Action')
      if (operation === undefined) throw unknownAction(name, params.Version)
      const output = await perform(options.name, name, operation, params, call)
      return { status: 200, headers: xmlHeaders, body: writeAnswer(name, operation, output, options.xmlns, call.id) }
    },
    refuse: (fault, requestId) => writeRefusal(fault, requestId, options.xmlns),
  }
}

const xmlHeaders = { 'Content-Type': 'text/xml' }

/** A call of the query protocol that nobody signed. What it asks for stands in its body, so any may be. */
function isUnsignedQuery(request: WireRequest): boolean {
  const { path, query } = splitTarget(request.target)
  if (path !== '/' || (request.method !== 'POST' && !/(?:^|&)Action=/.test(query))) return false
  if (headerOf(request, 'x-amz-target') !== undefined) return false
  const read = readAuthentication(request)
  return !read.allowed && read.code === 'missing-authentication'
}

const unsigned = (): Fault => new Fault('MissingAuthenticationToken', 403, 'Request is missing Authentication Token')

async function readParams(call: Call): Promise<QueryParams> {
  if (call.path !== '/') throw new Fault('InvalidAction', 404, 'Query requests go to the path /')
  if (!['GET', 'POST'].includes(call.request.method))
    throw new Fault('InvalidAction', 405, `The method ${call.request.method} is not one of the query protocol`)
  const mark = call.request.target.indexOf('?')
  const query = mark < 0 ? '' : call.request.target.slice(mark + 1)
  const body = Buffer.from(await call.body()).toString('utf8')
  try {
    return decodeQuery(query === '' || body === '' ? query + body : `${query}&${body}`)
  } catch (error) {
    if (!(error instanceof WireFault)) throw error
    throw new Fault('MalformedInput', 400, `The request could not be read: ${error.message}`)
  }
}

const word = (value: unknown, otherwise: string): string =>
  typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : otherwise

const unknownAction = (name: string, version: unknown): Fault =>
  new Fault(
    'InvalidAction',
    400,
    `Could not find operation ${word(name, 'UNKNOWN')} for version ${word(version, 'NO_VERSION_SPECIFIED')}`,
  )

function writeAnswer(name: string, operation: Operation, output: Output, xmlns: string, requestId: string): string {
  // Operations without an output have no result element; those with an empty one do, and their clients look for it.
  const result = Object.keys(output).length > 0 || operation.emptyResult ? { [`${name}Result`]: asXml(output) } : {}
  return writeXml(`${name}Response`, { ...result, ResponseMetadata: { RequestId: requestId } }, { xmlns })
}

// An output holds what its operation's model names: texts, numbers, flags, instants, bytes, lists and structures.
const asXml = (output: Output): XmlFields => output as Readonly<Record<string, XmlValue>>

/** A refusal of the query protocol. */
export function writeRefusal(fault: Fault, requestId: string, xmlns: string): Answer {
  const error = { Type: fault.status < 500 ? 'Sender' : 'Receiver', Code: fault.code, Message: fault.message }
  const body = writeXml('ErrorResponse', { Error: { ...error, ...fault.detail }, RequestId: requestId }, { xmlns })
  return { status: fault.status, headers: xmlHeaders, body }
}
