import { compactVerify } from 'jose'
import type { Cloud, OidcProvider } from '../cloud.ts'
import { Fault } from '../fault.ts'
import { audienceOf, type TokenAudience } from './claims.ts'
import { invalidToken, readToken, type TokenClaims } from './read-token.ts'
import { verificationKey } from './verification-key.ts'

/** A token that was found good, and the provider of the account that vouches for it. */
export interface ProvenToken {
  readonly provider: OidcProvider
  readonly claims: TokenClaims
  readonly audience: TokenAudience
}

/** Seconds that an issuer's clock may be ahead. */
const leeway = 300

/**
 * Checks a token as STS does, in its order: form, issuer, key and signature, audience, time. Throws
 * `InvalidIdentityToken`, or `ExpiredTokenException` when all that is wrong with it is its age.
 */
export async function verifyToken(cloud: Cloud, accountId: string, text: string, at: Date): Promise<ProvenToken> {
  const { compact, alg, kid, claims } = readToken(text)
  const provider = [...cloud.oidcProviders.values()].find(
    (each) => each.accountId === accountId && each.url === claims.iss,
  )
  if (!provider) throw invalidToken(`No OpenIDConnect provider found in your account for ${claims.iss}`)
  const key = await verificationKey(cloud, { issuer: claims.iss, kid, alg }).catch(() => undefined)
  if (!key) throw noVerificationKey()
  try {
    await compactVerify(compact, key, { algorithms: [alg] })
  } catch {
    throw invalidToken('The signature of the token could not be verified')
  }
  const audience = audienceOf(claims, provider.clientIds)
  checkTime(claims, Math.floor(at.getTime() / 1000))
  return { provider, claims, audience }
}

/** With the double space that AWS's own text has. */
export const noVerificationKey = (): Fault =>
  invalidToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  )

function checkTime({ exp, iat, nbf }: TokenClaims, now: number): void {
  if (exp <= now)
    throw new Fault(
      'ExpiredTokenException',
      400,
      `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
    )
  const begins = Math.max(iat, nbf ?? iat)
  if (begins > now + leeway)
    throw invalidToken(`Token is not valid yet: current date/time ${now} must not be before ${begins}`)
}
