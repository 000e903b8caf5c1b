import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { Failure } from '../../model/failure.ts'

/** A new key to prove possession with: P-256, as the PEM (SEC1) that AWS's tools keep and read. */
export function newDpopKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ format: 'pem', type: 'sec1' }).toString()
}

/** The proof (RFC 9449) that this request is from whoever holds the key. Throws a `Failure` for a key that is none. */
export async function dpopProof(pem: string, method: string, url: string, now: Date): Promise<string> {
  const key = keyFrom(pem)
  const { kty, x, y, crv } = createPublicKey(key).export({ format: 'jwk' })
  if (kty !== 'EC' || crv !== 'P-256' || x === undefined || y === undefined) throw unreadable()
  const { SignJWT } = await import('jose')
  return new SignJWT({ htm: method, htu: url, iat: Math.floor(now.getTime() / 1000), jti: randomUUID() })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, x, y, crv } })
    .sign(key)
}

function keyFrom(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw unreadable()
  }
}

const unreadable = (): Failure =>
  new Failure('login-needed', 'The key of the kept console sign-in cannot be read.', { hint: 'mayfly login PROFILE' })
