import { createHmac } from 'node:crypto'
import { exportSPKI, generateKeyPair, importJWK, type JWK, type JWTPayload, SignJWT } from 'jose'
import { publicPart } from './keys.ts'
import type { Flaw } from './mint.ts'

/** The claims as a JWT signed with the key, or with what the flaw says instead. */
export async function signToken(claims: JWTPayload, key: JWK, flaw: Flaw | undefined): Promise<string> {
  const alg = key.alg ?? 'RS256'
  const header = { alg, kid: key.kid ?? '', typ: 'JWT' }
  if (flaw === 'alg-none') return `${unsigned({ ...header, alg: 'none' }, claims)}.`
  if (flaw === 'algorithm-confusion') return confused({ ...header, alg: 'HS256' }, claims, key, alg)
  if (flaw === 'forged-signature' || flaw === 'unknown-key') {
    const { privateKey } = await generateKeyPair(alg)
    const kid = flaw === 'unknown-key' ? 'a-key-nobody-knows' : header.kid
    return new SignJWT(claims).setProtectedHeader({ ...header, kid }).sign(privateKey)
  }
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(key, alg))
}

/** The public key, which everybody has, used as if it were a shared secret (RFC 8725, section 2.1). */
async function confused(header: object, claims: JWTPayload, key: JWK, alg: string): Promise<string> {
  const shown = await importJWK(publicPart(key), alg)
  if (shown instanceof Uint8Array) throw new TypeError('a public key is no secret')
  const text = unsigned(header, claims)
  const mac = createHmac('sha256', await exportSPKI(shown))
    .update(text)
    .digest('base64url')
  return `${text}.${mac}`
}

const unsigned = (header: object, claims: object): string => `${encoded(header)}.${encoded(claims)}`
const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
