import type { CryptoKey, JWK } from 'jose'
import type { Cloud } from '../cloud.ts'
import { standInKeys } from '../oidc-idp/keys.ts'
import { fetchJson } from './fetch-json.ts'
import type { TokenAlgorithm } from './read-token.ts'

/** Which key of an issuer a token says it was signed with. */
export interface KeyWanted {
  readonly issuer: string
  readonly kid: string | undefined
  readonly alg: TokenAlgorithm
}

interface KeySet {
  readonly keys: readonly JWK[]
  /** By the sandbox's clock, milliseconds. */
  readonly fetchedAt: number
}

/** How long fetched keys are used, and how soon they are fetched again for a key that is not among them. */
const keptFor = 3_600_000
const pause = 30_000
const mostIssuers = 100

interface Shelf {
  readonly sets: Map<string, KeySet>
  readonly underWay: Map<string, Promise<KeySet>>
}
const shelves = new WeakMap<Cloud, Shelf>()

/**
 * The public key a token must verify with, by OpenID Connect Discovery; undefined when the issuer has none that fits.
 * Keys are fetched once an hour and kept for the newest hundred issuers; a key id that is not known has them fetched
 * again, half a minute after the last time at the earliest, so that tokens with invented ids cannot make us fetch.
 * Rejects when the issuer cannot be asked. For issuers the sandbox stands in for, nobody is asked.
 */
export async function verificationKey(cloud: Cloud, wanted: KeyWanted): Promise<CryptoKey | Uint8Array | undefined> {
  const own = await standInKeys(cloud, wanted.issuer)
  if (own) return fitting(own, wanted)
  const shelf = shelves.get(cloud) ?? { sets: new Map(), underWay: new Map() }
  shelves.set(cloud, shelf)
  const now = cloud.now().getTime()
  const kept = shelf.sets.get(wanted.issuer)
  const age = kept ? Math.abs(now - kept.fetchedAt) : Number.POSITIVE_INFINITY
  if (kept && age < keptFor) {
    const found = await fitting(kept.keys, wanted)
    if (found || age < pause) return found
  }
  return fitting((await refreshed(shelf, wanted.issuer, now)).keys, wanted)
}

/** Fetches once for any number of callers. */
function refreshed(shelf: Shelf, issuer: string, now: number): Promise<KeySet> {
  const running = shelf.underWay.get(issuer)
  if (running) return running
  const started = discover(issuer)
    .then((keys) => {
      const set = { keys, fetchedAt: now }
      shelf.sets.delete(issuer)
      shelf.sets.set(issuer, set)
      for (const oldest of shelf.sets.keys()) if (shelf.sets.size > mostIssuers) shelf.sets.delete(oldest)
      return set
    })
    .finally(() => shelf.underWay.delete(issuer))
  shelf.underWay.set(issuer, started)
  return started
}

async function discover(issuer: string): Promise<readonly JWK[]> {
  const configuration = await fetchJson(new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`))
  if (configuration.issuer !== issuer) throw new Error('the configuration is of another issuer')
  const address = URL.parse(String(configuration.jwks_uri))
  if (!address || !mayHoldKeys(address, issuer)) throw new Error('the keys are not where they may be')
  const { keys } = await fetchJson(address)
  if (!Array.isArray(keys) || keys.length > 100) throw new Error('there are no keys')
  return keys.filter((key): key is JWK => typeof key === 'object' && key !== null && typeof key.kty === 'string')
}

const isLoopback = ({ hostname }: URL): boolean => /^(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])$/.test(hostname)

/** Keys are fetched over TLS. Only an issuer on this machine may keep them here, and then without. */
function mayHoldKeys(address: URL, issuer: string): boolean {
  const isHere = isLoopback(new URL(issuer))
  if (address.username || address.password) return false
  return address.protocol === 'https:' ? isHere || !isLoopback(address) : isHere && isLoopback(address)
}

/** The key of that id, or the only one when the token names none, if it is one for the algorithm. */
async function fitting(keys: readonly JWK[], { kid, alg }: KeyWanted): Promise<CryptoKey | Uint8Array | undefined> {
  const candidates = keys.filter((key) => suits(key, alg) && (kid === undefined || key.kid === kid))
  const [found, second] = candidates
  if (!found || second) return undefined
  const { importJWK } = await import('jose')
  return importJWK(found, alg).catch(() => undefined)
}

/** An RSA key never checks an EC signature, nor the other way round, and secrets check nothing at all. */
function suits(key: JWK, alg: TokenAlgorithm): boolean {
  if (key.use !== undefined && key.use !== 'sig') return false
  if (key.alg !== undefined && key.alg !== alg) return false
  if (alg.startsWith('RS')) return key.kty === 'RSA'
  return key.kty === 'EC' && key.crv === curves.get(alg)
}

const curves: ReadonlyMap<string, string> = new Map([
  ['ES256', 'P-256'],
  ['ES384', 'P-384'],
  ['ES512', 'P-521'],
])
