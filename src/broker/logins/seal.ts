import { randomUUID } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'
import type { BrokerKey } from './key.ts'

/** What a sealed text may be taken for: a cookie of a login is no code, and a code is no cookie. */
type Purpose = 'login' | 'flow' | 'code' | 'device' | 'device-asked' | 'device-answer' | 'confirm' | 'consent'

interface Unsealed {
  readonly content: Readonly<Record<string, unknown>>
  /** Names this text alone: to be spent where it counts once. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly until: number
}

/** Texts that others carry and only brokers of the same key can make, read or change. */
export interface Seal {
  readonly seal: (purpose: Purpose, content: Readonly<Record<string, unknown>>, seconds: number) => Promise<string>
  /** Undefined for a text of another purpose, key or broker, one that was changed, and one that has ended. */
  readonly unseal: (purpose: Purpose, text: string) => Promise<Unsealed | undefined>
}

const longest = 65_536

/** Seals with AES-256-GCM (JWE, RFC 7516), under a key of its own for every purpose. */
export function openSeal(key: Pick<BrokerKey, 'derive'>, publicUrl: string, now: () => Date): Seal {
  const keys = new Map<Purpose, Uint8Array>()
  const keyOf = (purpose: Purpose): Uint8Array => {
    const known = keys.get(purpose) ?? key.derive(`seal ${purpose}`)
    keys.set(purpose, known)
    return known
  }
  return {
    seal: (purpose, content, seconds) =>
      new EncryptJWT({ content })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setIssuer(publicUrl)
        .setAudience(purpose)
        .setJti(randomUUID())
        .setExpirationTime(Math.floor(now().getTime() / 1000) + seconds)
        .encrypt(keyOf(purpose)),
    async unseal(purpose, text) {
      if (text.length > longest) return undefined
      try {
        const { payload } = await jwtDecrypt(text, keyOf(purpose), {
          issuer: publicUrl,
          audience: purpose,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
          requiredClaims: ['exp', 'jti'],
          currentDate: now(),
        })
        const { content, jti = '', exp = 0 } = payload
        if (typeof content !== 'object' || content === null) return undefined
        return { content: { ...content }, id: jti, until: exp * 1000 }
      } catch {
        return undefined
      }
    },
  }
}
