import type { Principal } from '../../model/principal.ts'

/** A principal as claims of a JWT or as the content of a sealed text. Instants are milliseconds since 1970. */
export interface PrincipalClaims {
  readonly [claim: string]: unknown
  readonly sub: string
  readonly exp: number
}

/** What is written of a principal. `exp` is in seconds, rounded down. */
export const principalClaims = (principal: Principal): PrincipalClaims => {
  const { id, kind, authenticator, name, groups, claims, authenticatedAt, expiresAt, mfaAt } = principal
  return {
    sub: id,
    exp: Math.floor(expiresAt.getTime() / 1000),
    ...{ kind, authenticator, name, groups, claims, authenticatedAt: authenticatedAt.getTime() },
    ...(mfaAt === undefined ? {} : { mfaAt: mfaAt.getTime() }),
  }
}

/** The principal in such claims; undefined when they are none, whoever signed them. */
export function principalIn(payload: Readonly<Record<string, unknown>>): Principal | undefined {
  const { sub, exp, kind, authenticator, name, groups, claims, authenticatedAt, mfaAt } = payload
  if (typeof sub !== 'string' || typeof exp !== 'number' || typeof authenticatedAt !== 'number') return undefined
  if ((kind !== 'person' && kind !== 'workload') || typeof authenticator !== 'string' || typeof name !== 'string')
    return undefined
  if (!areTexts(groups) || !areClaims(claims)) return undefined
  if (mfaAt !== undefined && typeof mfaAt !== 'number') return undefined
  return {
    ...{ id: sub, kind, authenticator, name, groups, claims },
    authenticatedAt: new Date(authenticatedAt),
    expiresAt: new Date(exp * 1000),
    ...(mfaAt === undefined ? {} : { mfaAt: new Date(mfaAt) }),
  }
}

const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((text) => typeof text === 'string')

const areClaims = (value: unknown): value is Principal['claims'] =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.values(value).every((claim) => typeof claim === 'string' || areTexts(claim))
