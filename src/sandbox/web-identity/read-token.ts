import { Fault } from '../fault.ts'

/** A web identity token taken apart. Nothing in it is proven. */
export interface UnprovenToken {
  /** The JWS in compact form, without the space that files end in. */
  readonly compact: string
  readonly alg: TokenAlgorithm
  readonly kid: string | undefined
  readonly claims: TokenClaims
}

export interface TokenClaims {
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  readonly azp: string | undefined
  /** Seconds since 1970, as are `iat` and `nbf`. */
  readonly exp: number
  readonly iat: number
  readonly nbf: number | undefined
  /** All claims by name, those above included. */
  readonly all: ReadonlyMap<string, unknown>
}

const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'] as const
export type TokenAlgorithm = (typeof algorithms)[number]

/** A token that cannot be what it must be. */
export const invalidToken = (message: string): Fault => new Fault('InvalidIdentityToken', 400, message)

const notAToken = (): Fault =>
  invalidToken('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')

/**
 * Reads a token: a JWS in compact form (RFC 7515) whose claims are those AWS asks for. Throws `InvalidIdentityToken`:
 * for another algorithm than RS256 to 512 and ES256 to 512, for extensions that must be understood, for a claim that
 * is missing, and for times that are not whole seconds. See "AssumeRoleWithWebIdentity" in the AWS STS API Reference.
 */
export function readToken(text: string): UnprovenToken {
  const compact = text.trimEnd()
  const [head, body, signature, more] = compact.split('.')
  if (head === undefined || body === undefined || !signature || more !== undefined) throw notAToken()
  const header = membersOf(head)
  const claims = membersOf(body)
  const alg = algorithms.find((known) => known === header.get('alg'))
  if (alg === undefined) throw invalidToken('The algorithm that signed the token is not supported')
  if (header.has('crit')) throw notAToken()
  const kid = header.get('kid')
  if (kid !== undefined && typeof kid !== 'string') throw notAToken()
  return { compact, alg, kid, claims: readClaims(claims) }
}

function membersOf(part: string): Map<string, unknown> {
  if (!/^[\w-]+$/.test(part)) throw notAToken()
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(part, 'base64url')))
  } catch {
    throw notAToken()
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notAToken()
  return new Map(Object.entries(value))
}

function readClaims(all: ReadonlyMap<string, unknown>): TokenClaims {
  const text = (name: string): string => {
    const value = all.get(name)
    if (typeof value !== 'string' || value === '') throw missing(name)
    return value
  }
  const instant = (name: string): number => {
    const value = all.get(name)
    if (value === undefined) throw missing(name)
    if (!Number.isSafeInteger(value)) throw invalidToken(`The claim ${name} is not an integer`)
    return Number(value)
  }
  const given = all.get('aud')
  const aud = (Array.isArray(given) ? given : [given]).map((one: unknown) => {
    if (typeof one !== 'string' || one === '') throw missing('aud')
    return one
  })
  if (aud.length === 0) throw missing('aud')
  return {
    ...{ iss: text('iss'), sub: text('sub'), aud, azp: all.has('azp') ? text('azp') : undefined },
    ...{ exp: instant('exp'), iat: instant('iat'), nbf: all.has('nbf') ? instant('nbf') : undefined },
    all,
  }
}

const missing = (claim: string): Fault => invalidToken(`Missing a required claim: ${claim}`)
