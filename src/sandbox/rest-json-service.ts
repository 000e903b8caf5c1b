import { headerOf } from '../wire/message.ts'
import { decodeUri } from '../wire/uri.ts'
import { Fault } from './fault.ts'
import { invoker, perform } from './perform.ts'
import { readJson } from './read-json.ts'
import type { Answer, Call, Operation, Service } from './service.ts'
import type { Member } from './shape.ts'

/** An operation and where it is called: `GET /profile/{profileId}`. */
export interface Route {
  readonly name: string
  readonly method: string
  /** Parts in braces become members of the input. */
  readonly path: string
  /** Members that come in headers, by the header's name in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  readonly operation: Operation
  /** Of the answer; default 200. */
  readonly status?: number
}

export interface RestJsonOptions extends Pick<Service, 'claims'> {
  /** The name in the credential scope. */
  readonly name: string
  readonly skewMinutes: number
  readonly routes: readonly Route[]
  /** Codes of faults that this service spells in a way of its own. */
  readonly codes?: Readonly<Record<string, string>>
}

const jsonHeaders = { 'Content-Type': 'application/json' }

/** A service that speaks REST JSON: method and path say what, the input is in path, query and JSON body together. */
export function restJsonService(options: RestJsonOptions): Service {
  const routes = options.routes.map((route) => ({ ...route, parts: route.path.split('/') }))
  return {
    name: options.name,
    protocol: 'json',
    skewMinutes: options.skewMinutes,
    operations: options.routes.map(({ name }) => name),
    ...(options.claims ? { claims: options.claims } : {}),
    invoke: invoker(options.name, new Map(options.routes.map(({ name, operation }) => [name, operation]))),
    handle: async (call) => {
      for (const { method, parts, name, operation, headers = {}, status = 200 } of routes) {
        if (method !== call.request.method) continue
        const labels = labelsIn(call.path, parts)
        if (labels === undefined) continue
        const input = { ...queryMembers(call), ...(await readJson(call)), ...headerMembers(call, headers), ...labels }
        const output = await perform(options.name, name, operation, input, call)
        return { status, headers: jsonHeaders, body: JSON.stringify(output) }
      }
      throw new Fault('UnknownOperationException', 404, 'There is no such operation.')
    },
    refuse: (fault) => refuseJson(fault, options.codes),
  }
}

/** The values of a path's labels; undefined when it is another path. */
function labelsIn(path: string, parts: readonly string[]): Record<string, string> | undefined {
  const segments = path.split('/')
  if (segments.length !== parts.length) return undefined
  const labels: Record<string, string> = {}
  for (const [place, part] of parts.entries()) {
    const segment = decodeUri(segments[place] ?? '')
    const label = /^\{(\w+)\}$/.exec(part)?.[1]
    if (segment === undefined || (label === undefined ? segment !== part : segment === '')) return undefined
    if (label !== undefined) labels[label] = segment
  }
  return labels
}

/** A name that stands more than once is a list. */
function queryMembers({ query }: Call): Record<string, string | string[]> {
  const members = new Map<string, string[]>()
  for (const [name, value] of query) members.set(name, [...(members.get(name) ?? []), value])
  return Object.fromEntries(
    Array.from(members, ([name, values]) => [name, values.length === 1 ? String(values) : values]),
  )
}

const headerMembers = ({ request }: Call, headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([header, member]) => {
      const value = headerOf(request, header)
      return value === undefined ? [] : [[member, value]]
    }),
  )

/** A list that comes in the query, where one value looks like no list. */
export const inQuery = <T>(member: Member<readonly T[]>): Member<readonly T[]> => ({
  ...member,
  read: (value, at, faults) => member.read(typeof value === 'string' ? [value] : value, at, faults),
})

/** How REST JSON services spell what query services say too. */
const spelling: Readonly<Record<string, string>> = {
  AccessDenied: 'AccessDeniedException',
  ValidationError: 'ValidationException',
  InternalFailure: 'InternalServerException',
  Throttling: 'ThrottlingException',
}

/** A refusal in REST JSON: the code in a header, the text in the body. */
export function refuseJson(fault: Fault, codes: Readonly<Record<string, string>> = {}): Answer {
  const code = codes[fault.code] ?? spelling[fault.code] ?? fault.code
  const body = JSON.stringify({ message: fault.message, ...fault.detail })
  return { status: fault.status, headers: { ...jsonHeaders, 'x-amzn-ErrorType': code }, body }
}
