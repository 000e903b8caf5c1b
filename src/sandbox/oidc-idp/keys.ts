import type { JWK } from 'jose'
import type { Cloud } from '../cloud.ts'
import type { Table } from '../store.ts'

/** Keys the sandbox signs tokens with, private parts included. They are kept with the state. */
export interface SigningKeys {
  /** RS256: what most providers sign with. */
  readonly rsa: JWK
  /** ES256. */
  readonly ec: JWK
}

const making = new WeakMap<Cloud, Promise<SigningKeys>>()

/** The sandbox's keys; they are made when first asked for, because that takes a while. */
export function signingKeys(cloud: Cloud): Promise<SigningKeys> {
  const known = making.get(cloud)
  if (known) return known
  const table: Table<SigningKeys> = cloud.store.table('oidc-signing-keys')
  const kept = table.get('keys')
  const made = kept
    ? Promise.resolve(kept)
    : makeKeys().then((keys) => {
        table.put('keys', keys)
        cloud.store.flush()
        return keys
      })
  making.set(cloud, made)
  return made
}

async function makeKeys(): Promise<SigningKeys> {
  const { calculateJwkThumbprint, exportJWK, generateKeyPair } = await import('jose')
  const make = async (alg: 'RS256' | 'ES256'): Promise<JWK> => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    const jwk = await exportJWK(privateKey)
    return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' }
  }
  return { rsa: await make('RS256'), ec: await make('ES256') }
}

/** What may be shown of a key. */
export function publicPart({ kty, kid, alg, use, n, e, crv, x, y }: JWK): JWK {
  const all = { kty, kid, alg, use, n, e, crv, x, y }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

const standIns = (cloud: Cloud): Table<{ readonly issuer: string }> => cloud.store.table('oidc-stand-in')

/** From here on the sandbox answers for this issuer: tokens in its name are the sandbox's own, and nobody else is asked. */
export const standInFor = (cloud: Cloud, issuer: string): void => standIns(cloud).put(issuer, { issuer })

/** The public keys of an issuer the sandbox stands in for; undefined for any other. */
export async function standInKeys(cloud: Cloud, issuer: string): Promise<readonly JWK[] | undefined> {
  if (!standIns(cloud).get(issuer)) return undefined
  const { rsa, ec } = await signingKeys(cloud)
  return [publicPart(rsa), publicPart(ec)]
}
