import { createLocalJWKSet, decodeJwt, errors, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import { deny } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { ProofAuthenticator, Proven } from './authenticator.ts'
import { flatClaims, isIdText, textOf, textsOf } from './claims.ts'
import { fetchObject } from './fetch-text.ts'
import type { OpeningParts } from './index.ts'
import { keep } from './kept.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'jwt' }>

/** Signatures by key pairs alone: with HS256 whoever knows the public key could sign, with none everybody. */
export const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
/** Seconds that clocks may differ. */
const leeway = 60
const longest = 16_384

/**
 * Knows workloads by the JWT of their platform (GitHub Actions, GitLab, Kubernetes): signed by a key of the issuer, for
 * this audience, and not over. A token may be shown several times until it ends, as platforms hand out the same one to
 * several steps. A principal proved itself when its token was issued, so that one stolen before a revocation is no good
 * after it.
 */
export function openJwt(config: Config, { fetch, now }: OpeningParts): ProofAuthenticator {
  const keys = keep({ fetch: async () => keySet(await fetchObject(fetch, await jwksUrl())), now })

  async function jwksUrl(): Promise<string> {
    if (config.jwksUrl !== undefined) return config.jwksUrl
    const metadataUrl = `${config.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const { issuer, jwks_uri: url } = await fetchObject(fetch, metadataUrl)
    // OpenID Connect Discovery 1.0, section 4.3: it must speak of itself.
    if (issuer !== config.issuer) throw new Error(`${metadataUrl} speaks of another issuer`)
    if (typeof url !== 'string') throw new Error(`${metadataUrl} names no jwks_uri`)
    return url
  }

  async function claimsOf(token: string): Promise<JWTPayload> {
    const options = {
      algorithms,
      issuer: config.issuer,
      audience: config.audience,
      requiredClaims: ['exp', 'iat', 'sub'],
      clockTolerance: leeway,
      currentDate: now(),
    }
    const known = createLocalJWKSet(await keys.get())
    try {
      return (await jwtVerify(token, known, options)).payload
    } catch (error) {
      // The issuer may have changed its keys.
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return (await jwtVerify(token, createLocalJWKSet(await keys.refresh()), options)).payload
    }
  }

  async function authenticate(proof: unknown): Promise<Proven> {
    const token = typeof proof === 'object' && proof !== null && 'token' in proof ? proof.token : undefined
    if (typeof token !== 'string' || token.length > longest)
      return deny('proof-malformed', 'The proof is no object with a token.')
    const told = issuerOf(token.trim())
    if (told === undefined) return deny('proof-malformed', 'The token is no JWT.')
    if (told !== config.issuer) return deny('proof-invalid', 'The token is not one of this issuer.')
    try {
      await keys.get()
    } catch (error) {
      return deny('unavailable', messageOf(error))
    }
    try {
      return principalOf(await claimsOf(token.trim()))
    } catch (error) {
      if (error instanceof errors.JWTExpired) return deny('proof-expired', 'The token has ended.')
      return deny('proof-invalid', `The token is not good: ${messageOf(error)}.`)
    }
  }

  function principalOf(payload: JWTPayload): Proven {
    const at = now().getTime()
    const { exp = 0, iat = 0 } = payload
    const issuedAt = iat * 1000
    if (issuedAt > at + leeway * 1000) return deny('proof-invalid', 'The token is from the future.')
    const claims = flatClaims(payload)
    const subject = config.idClaim === 'sub' ? payload.sub : textOf(claims, config.idClaim)
    if (subject === undefined || !isIdText(subject))
      return deny('not-known', `The token has no claim ${config.idClaim} that can be an id.`)
    const expiresAt = Math.min(exp * 1000, at + config.lifetime * 1000)
    if (expiresAt <= at) return deny('proof-expired', 'The token has ended.')
    return {
      allowed: true,
      principal: {
        id: `${config.name}:${subject}`,
        kind: 'workload',
        authenticator: config.name,
        name: nameOf(claims, subject),
        groups: config.groupsClaim === undefined ? [] : textsOf(claims, config.groupsClaim),
        claims,
        authenticatedAt: new Date(Math.min(issuedAt, at)),
        expiresAt: new Date(expiresAt),
      },
    }
  }

  return { name: config.name, kind: 'jwt', broken: keys.broken, authenticate }
}

/** A key set with the keys that sign; jose looks at the rest. */
function keySet({ keys }: Readonly<Record<string, unknown>>): JSONWebKeySet {
  if (!Array.isArray(keys)) throw new Error('the key set of the issuer is none')
  // Shared secrets are no keys of an issuer.
  return { keys: keys.filter((key) => typeof key === 'object' && key !== null && key.kty !== 'oct') }
}

function issuerOf(token: string): string | undefined {
  try {
    return decodeJwt(token).iss ?? ''
  } catch {
    return undefined
  }
}

/** What people know the workload by: the repository at GitHub, the project at GitLab, the service account at Kubernetes. */
function nameOf(claims: Principal['claims'], subject: string): string {
  const account = /^system:serviceaccount:([^:]+:[^:]+)$/.exec(subject)?.[1]
  const name = textOf(claims, 'repository') ?? textOf(claims, 'project_path') ?? account ?? subject
  return isIdText(name) ? name : subject
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
