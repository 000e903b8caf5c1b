import type { Principal } from '../../model/principal.ts'

type Claims = Principal['claims']

/** What a token says that grants have no use for, or the principal says already. */
const left = new Set(['iss', 'aud', 'exp', 'nbf', 'iat', 'jti', 'nonce', 'at_hash', 'c_hash', 's_hash', 'sid', 'azp'])
const mostClaims = 100
const mostValues = 500
const longestValue = 1024
const deepest = 3

/**
 * The claims of a proof as texts: numbers and booleans as they are written, lists of texts as lists; the members of
 * objects under names with dots (`kubernetes.io.namespace`). The rest, and what is too much, is left out: a grant that
 * asks for it is then not met.
 */
export function flatClaims(payload: Readonly<Record<string, unknown>>): Claims {
  const found: Record<string, string | readonly string[]> = Object.create(null)
  let count = 0
  const add = (name: string, value: unknown, depth: number): void => {
    if (count >= mostClaims) return
    const flat = flatValue(value)
    if (flat !== undefined) {
      // A member that pretends to be another claim (`{"a.b": …}` beside `{"a": {"b": …}}`) replaces nothing.
      if (name in found) return
      found[name] = flat
      count += 1
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < deepest)
      for (const [key, member] of Object.entries(value)) add(`${name}.${key}`, member, depth + 1)
  }
  const entries = Object.entries(payload).filter(([name]) => !left.has(name))
  // What stands at the top has its name before what stands deeper.
  for (const [name, value] of entries.sort(([, one], [, other]) => Number(isObject(one)) - Number(isObject(other))))
    add(name, value, 0)
  return { ...found }
}

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

function flatValue(value: unknown): string | readonly string[] | undefined {
  if (Array.isArray(value)) {
    const texts = value.map(scalar)
    return texts.length <= mostValues && texts.every((text) => text !== undefined) ? texts : undefined
  }
  return scalar(value)
}

function scalar(value: unknown): string | undefined {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value === 'string' && value.length <= longestValue ? value : undefined
}

/** The texts that a claim holds, one or several; none when there is no such claim. */
export function textsOf(claims: Claims, name: string): readonly string[] {
  const claim = Object.hasOwn(claims, name) ? claims[name] : undefined
  return claim === undefined ? [] : typeof claim === 'string' ? [claim] : claim
}

/** The one text that a claim holds; undefined when there is none, or a list. */
export function textOf(claims: Claims, name: string): string | undefined {
  const claim = Object.hasOwn(claims, name) ? claims[name] : undefined
  return typeof claim === 'string' && claim !== '' ? claim : undefined
}

const longestName = 256

/** Whether a text can be a part of a principal's id: visible, on one line, and short. */
export const isIdText = (text: string): boolean =>
  text.length > 0 && text.length <= longestName && text === text.trim() && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)
