import type { Context } from 'hono'
import type { Principal } from '../../model/principal.ts'
import type { ProofDenialCode, Proven } from '../authenticators/index.ts'
import type { LoginParts } from './login-parts.ts'
import type { Limited } from './rate-limits.ts'
import { addressBlock, sourceIp } from './source-ip.ts'

/** What became of somebody at the door: who they are, or what to answer. */
type Admitted =
  | { readonly kind: 'in'; readonly principal: Principal }
  | { readonly kind: 'refused'; readonly code: ProofDenialCode }
  | { readonly kind: 'wait'; readonly seconds: number }

/** The door: counts, asks the authenticator, writes down what came of it. */
export interface Admission {
  /** Seconds to wait; 0 when the address may do this now. */
  readonly mayTry: (c: Context, what: Limited) => number
  /** Rejects with a `Failure` of code `ledger-down` when a login cannot be written down: then there is none. */
  readonly admit: (c: Context, authenticator: string, prove: () => Promise<Proven>) => Promise<Admitted>
}

export function openAdmission(parts: LoginParts): Admission {
  const { limits, ledger, now } = parts
  return {
    mayTry: (c, what) => limits.take(what, addressBlock(sourceIp(c, parts))),
    async admit(c, authenticator, prove) {
      const from = sourceIp(c, parts)
      const block = addressBlock(from)
      const wait = limits.take('proof', block)
      if (wait > 0) return { kind: 'wait', seconds: wait }
      const outcome = await prove()
      const at = now().getTime()
      if (!outcome.allowed) {
        // Behind one address there may be a whole office: whoever guesses there holds up nobody with a good proof, and
        // does not fill the ledger.
        const calm = outcome.code === 'unavailable' ? 0 : limits.take('refused', block)
        if (calm > 0) return { kind: 'wait', seconds: calm }
        const because = onOneLine(`${outcome.code}: ${outcome.because}`)
        const event = {
          kind: 'login-refused',
          at,
          authenticator: onOneLine(authenticator),
          because,
          sourceIp: from,
        } as const
        // It is refused, written down or not.
        await ledger.append([event]).catch(() => undefined)
        return { kind: 'refused', code: outcome.code }
      }
      const { principal } = outcome
      const calm = limits.take('principal', principal.id)
      if (calm > 0) return { kind: 'wait', seconds: calm }
      const { id: principalId, name } = principal
      await ledger.append([{ kind: 'login', at, principalId, name, authenticator, sourceIp: from }])
      return { kind: 'in', principal }
    },
  }
}

const longestLine = 300

/** A text that can be shown in a log: on one line, with nothing in it that steers a terminal. */
export function onOneLine(text: string): string {
  const plain = text.toWellFormed().slice(0, longestLine)
  return plain.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (symbol) => `\\u{${symbol.codePointAt(0)?.toString(16) ?? ''}}`)
}

/** What a caller is told of a refusal: which kind, and no more. */
export const refusals: Readonly<
  Record<ProofDenialCode, { readonly status: 400 | 401 | 403 | 503; readonly message: string }>
> = {
  'proof-malformed': { status: 400, message: 'The proof cannot be read.' },
  'proof-invalid': { status: 401, message: 'The proof was not taken. The ledger of the broker says why.' },
  'proof-expired': { status: 401, message: 'The proof has ended. Get a fresh one.' },
  'proof-replayed': { status: 401, message: 'The proof was used before. Get a fresh one.' },
  'not-known': { status: 403, message: 'The proof is of somebody that this broker does not know.' },
  unavailable: { status: 503, message: 'The proof cannot be checked at present. Try again later.' },
}
