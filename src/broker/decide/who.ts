import type { Principal } from '../../model/principal.ts'
import type { Who } from '../config/broker-config.ts'

/** Whether a principal is one of those. All that is said must hold; of each list one; nothing said is nobody. */
export function isOneOf(who: Who, principal: Principal): boolean {
  const { anyone, ids, groups, authenticators, claims, anyOf } = who
  const tests = [
    ids && (() => ids.includes(principal.id) || (isNamedByProof(principal) && ids.includes(principal.name))),
    groups && (() => groups.some((group) => principal.groups.includes(group))),
    authenticators && (() => authenticators.includes(principal.authenticator)),
    claims && (() => hasClaims(principal, Object.entries(claims))),
    anyOf && (() => anyOf.some((other) => isOneOf(other, principal))),
  ].filter((test) => test !== undefined)
  if (tests.length === 0) return anyone === true
  return tests.every((test) => test())
}

/** Not one whose name is another claim than the id: at many providers people write that one themselves. */
const isNamedByProof = ({ kind, id, authenticator, name }: Principal): boolean =>
  kind === 'person' && id === `${authenticator}:${name}`

/** Of no claims nobody has all. */
const hasClaims = (principal: Principal, wanted: readonly (readonly [string, readonly string[]])[]): boolean =>
  wanted.length > 0 && wanted.every(([name, patterns]) => hasClaim(principal, name, patterns))

function hasClaim({ claims }: Principal, name: string, patterns: readonly string[]): boolean {
  const claim = Object.hasOwn(claims, name) ? claims[name] : undefined
  if (claim === undefined) return false
  const values = typeof claim === 'string' ? [claim] : claim
  return values.some((value) => patterns.some((pattern) => matchesClaim(pattern, value)))
}

/** `*` stands for anything but `:` and `/`, so that `repo:acme/*` names no other owner's repository; `**` for anything. */
export function matchesClaim(pattern: string, value: string): boolean {
  if (!pattern.includes('*')) return pattern === value
  // By hand: a regular expression of several stars tries them against each other for as long as a token may be.
  const parts = pattern.split(/(\*\*|\*)/).flatMap((part) => (/^\*/.test(part) ? [part] : [...part]))
  let places = new Set([0])
  const add = (to: Set<number>, place: number): void => {
    for (let next = place; ; next++) {
      to.add(next)
      if (parts[next] !== '*' && parts[next] !== '**') return
    }
  }
  add(places, 0)
  for (const character of value) {
    const next = new Set<number>()
    for (const place of places) {
      const part = parts[place]
      if (part === '**' || (part === '*' && character !== ':' && character !== '/')) add(next, place)
      else if (part === character) add(next, place + 1)
    }
    places = next
    if (places.size === 0) return false
  }
  return places.has(parts.length)
}
