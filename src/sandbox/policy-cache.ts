import type { PolicyDocument } from '../policy/document.ts'
import { compile, type Decider, type PolicyKind, type PolicySet, parsePolicy } from '../policy/index.ts'
import type { PolicyText } from './cloud.ts'

/** The texts of the policies that bear on a question; a type that does not apply is absent, as in `PolicySet`. */
export interface PolicyTexts {
  readonly identity?: readonly PolicyText[]
  readonly boundary?: readonly PolicyText[]
  readonly session?: readonly PolicyText[]
  readonly scp?: readonly (readonly PolicyText[])[]
  readonly rcp?: readonly (readonly PolicyText[])[]
  readonly resource?: { readonly text: PolicyText; readonly kind: 'resource' | 'trust' }
}

const mostDocuments = 2000
const mostDeciders = 500

/**
 * Gives the decider of some policies, compiled at most once while they are in use. It is found by the texts themselves,
 * so a policy that is put, changed or deleted counts from the next question on.
 */
export function policyCache(): (texts: PolicyTexts) => Decider {
  const documents = new Map<string, { readonly id: number; readonly document: PolicyDocument }>()
  const deciders = new Map<string, Decider>()
  let next = 0

  const parsed = (text: PolicyText, kind: PolicyKind) => {
    const name = `${kind} ${text}`
    const known = documents.get(name)
    if (known !== undefined) {
      touch(documents, name, known, mostDocuments)
      return known
    }
    const result = parsePolicy(text, kind)
    // Policies are checked when they are written. One that cannot be read all the same must not be skipped: it may deny.
    const entry = { id: next++, document: result.ok ? result.document : denyAll }
    touch(documents, name, entry, mostDocuments)
    return entry
  }

  return (texts) => {
    const key: string[] = []
    const read = (kind: PolicyKind, list: readonly PolicyText[]): PolicyDocument[] =>
      list.map((text) => {
        const { id, document } = parsed(text, kind)
        key.push(String(id))
        return document
      })
    const group = (name: string, list: readonly PolicyText[]): PolicyDocument[] => {
      key.push(name)
      return read('identity', list)
    }
    const levels = (name: string, list: readonly (readonly PolicyText[])[], kind: PolicyKind): PolicyDocument[][] => {
      key.push(name)
      return list.map((level) => {
        key.push('/')
        return read(kind, level)
      })
    }
    const { identity, boundary, session, scp, rcp, resource } = texts
    const set: PolicySet = {
      ...(identity && { identity: group('i', identity) }),
      ...(boundary && { boundary: group('b', boundary) }),
      ...(session && { session: group('s', session) }),
      ...(scp && { scp: levels('scp', scp, 'identity') }),
      ...(rcp && { rcp: levels('rcp', rcp, 'resource') }),
    }
    const resourceEntry = resource && parsed(resource.text, resource.kind)
    if (resourceEntry) key.push('r', String(resourceEntry.id))
    const name = key.join(' ')
    const decider = deciders.get(name) ?? compile(resourceEntry ? { ...set, resource: resourceEntry.document } : set)
    touch(deciders, name, decider, mostDeciders)
    return decider
  }
}

const denyAll: PolicyDocument = {
  version: '2012-10-17',
  statements: [{ effect: 'Deny', action: ['*'], resource: ['*'], principal: { any: true }, conditions: [] }],
}

/** Puts an entry at the end and drops the one used longest ago when there are too many. */
function touch<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name)
  map.set(name, value)
  if (map.size <= most) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    break
  }
}
