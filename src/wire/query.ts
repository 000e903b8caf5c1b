import { decodeForm, encodeUri, splitQuery } from './uri.ts'
import { WireFault } from './wire-fault.ts'

/** A parameter of the AWS query protocol: text, a list, or a structure (or map) of more of them. */
export type QueryValue = string | QueryValue[] | QueryParams

/** Parameters by name. Objects of the reader have no prototype. */
export type QueryParams = { [name: string]: QueryValue }

/** What can be written as a parameter. Undefined is left out; a Map becomes `entry.N.key` and `entry.N.value`. */
type QueryInputValue =
  | string
  | number
  | boolean
  | Date
  | undefined
  | readonly QueryInputValue[]
  | ReadonlyMap<string, QueryInputValue>
  | QueryInput

export type QueryInput = { readonly [name: string]: QueryInputValue }

const mostParameters = 10_000
const deepest = 16

/**
 * The form body of an AWS query call, for example `Action=AssumeRole&Version=2011-06-15&Tags.member.1.Key=team`.
 * Lists become `Name.member.N` from 1 on, and an empty list `Name=`. See "Making query requests" in the IAM User Guide.
 */
export function encodeQuery(params: QueryInput): string {
  const pairs: string[] = []
  for (const [name, value] of Object.entries(params)) write(name, value, pairs)
  return pairs.join('&')
}

function write(name: string, value: QueryInputValue, pairs: string[]): void {
  if (value === undefined) return
  if (value instanceof Date) write(name, value.toISOString().replace('.000Z', 'Z'), pairs)
  else if (typeof value !== 'object') pairs.push(`${encodeUri(name)}=${encodeUri(String(value))}`)
  else if (value instanceof Map) {
    let place = 0
    for (const [key, entry] of value as ReadonlyMap<string, QueryInputValue>) {
      place++
      write(`${name}.entry.${place}.key`, key, pairs)
      write(`${name}.entry.${place}.value`, entry, pairs)
    }
  } else if (isList(value)) {
    if (value.length === 0) pairs.push(`${encodeUri(name)}=`)
    value.forEach((item, index) => {
      write(`${name}.member.${index + 1}`, item, pairs)
    })
  } else for (const [field, item] of Object.entries(value)) write(`${name}.${field}`, item, pairs)
}

const isList = (value: object): value is readonly QueryInputValue[] => Array.isArray(value)

/**
 * The parameters of a query string or form body. Throws a `WireFault` for broken escapes, a name that stands twice or
 * is both a value and a structure, lists with gaps, nesting over 16 levels, and more than 10,000 parameters.
 */
export function decodeQuery(text: string): QueryParams {
  const pairs = splitQuery(text)
  if (pairs.length > mostParameters) throw new WireFault('too-large', `more than ${mostParameters} parameters`)
  const root: Branch = new Map()
  pairs.forEach(([rawName, rawValue], index) => {
    const name = decodeForm(rawName)
    const value = decodeForm(rawValue)
    const place = `parameter ${index + 1}`
    if (name === undefined || value === undefined) throw new WireFault('malformed', `${place} is not encoded as UTF-8`)
    insert(root, name.split('.', deepest + 1), value, place)
  })
  return structure(root)
}

type Branch = Map<string, Branch | string>

function insert(root: Branch, segments: readonly string[], value: string, place: string): void {
  if (segments.length > deepest) throw new WireFault('malformed', `${place} is nested deeper than ${deepest} levels`)
  let branch = root
  segments.forEach((segment, depth) => {
    if (segment === '' || segment === '__proto__')
      throw new WireFault('malformed', `${place} has a name that cannot be one`)
    const known = branch.get(segment)
    if (depth === segments.length - 1) {
      if (known !== undefined) throw new WireFault('malformed', `${place} was given before`)
      branch.set(segment, value)
      return
    }
    if (typeof known === 'string') throw new WireFault('malformed', `${place} is inside one that has a value`)
    const next: Branch = known ?? new Map()
    branch.set(segment, next)
    branch = next
  })
}

function shape(branch: Branch): QueryValue {
  const [only] = branch.size === 1 ? branch : []
  if (only && typeof only[1] !== 'string') {
    if (only[0] === 'member' && looksNumbered(only[1])) return numbered(only[1]).map(leaf)
    if (only[0] === 'entry' && looksNumbered(only[1])) return entries(numbered(only[1]))
  }
  return structure(branch)
}

const leaf = (value: Branch | string): QueryValue => (typeof value === 'string' ? value : shape(value))

function structure(branch: Branch): QueryParams {
  const params: QueryParams = Object.create(null)
  for (const [name, value] of branch) params[name] = leaf(value)
  return params
}

const looksNumbered = (branch: Branch): boolean => [...branch.keys()].some((name) => /^\d/.test(name))

/** The items of a list in order: 1 to n, without gaps and in the one spelling of each number. */
function numbered(branch: Branch): (Branch | string)[] {
  const items: (Branch | string)[] = []
  for (let place = 1; place <= branch.size; place++) {
    const item = branch.get(String(place))
    if (item === undefined) throw new WireFault('malformed', `a list of ${branch.size} has no item ${place}`)
    items.push(item)
  }
  return items
}

function entries(items: readonly (Branch | string)[]): QueryParams {
  const params: QueryParams = Object.create(null)
  for (const item of items) {
    const key = typeof item === 'string' ? undefined : item.get('key')
    const value = typeof item === 'string' ? undefined : item.get('value')
    if (typeof key !== 'string' || value === undefined || key === '__proto__' || key in params)
      throw new WireFault('malformed', 'an entry of a map has no key or value, or a key that stands twice')
    params[key] = leaf(value)
  }
  return params
}
