import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import type { Ledger } from '../../ledger/index.ts'
import { type Decision, deny } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'
import { brokerKey } from './key.ts'
import { principalClaims, principalIn } from './principal-claims.ts'

type TokenVerdict = Decision<{ readonly principal: Principal }, 'login-expired' | 'principal-revoked'>

/** The logins of a broker: JWTs that every broker with the same key makes and takes. */
export interface Tokens {
  /** Good until the principal's proof ends. */
  readonly issue: (principal: Principal) => Promise<{ readonly token: string; readonly expiresAt: Date }>
  /**
   * Who the bearer is; not once it has ended, was ended by `end`, its authenticator left the configuration, or its principal
   * was revoked since they proved themselves.
   */
  readonly verify: (token: string) => Promise<TokenVerdict>
  /** Ends a login before its time; one that is not good is left alone. */
  readonly end: (token: string) => Promise<void>
}

export interface TokenParts {
  /** What `loadOrMakeKey` gives. */
  readonly key: string
  /** Issuer and audience at once: the token is for the broker that made it. */
  readonly publicUrl: string
  readonly ledger: Pick<Ledger, 'barrier' | 'put' | 'get'>
  readonly now: () => Date
  /** Whether the configuration has an authenticator of that name; absent: it is not asked. */
  readonly knows?: (authenticator: string) => boolean
}

/** Distinguishes these from whatever else is signed with an Ed25519 key (RFC 8725, section 3.11). */
const type = 'mayfly-login+jwt'
/** A token longer than this is not looked at. */
const longest = 32_768
/** Logins whose signature is not looked at again. */
const mostKnown = 2000

interface Login {
  readonly principal: Principal
  readonly jti: string
}

/** Makes and reads the logins of a broker. Throws a `Failure` of code `config-invalid` for a key that is none. */
export function openTokens({ key, publicUrl, ledger, now, knows = () => true }: TokenParts): Tokens {
  const { sign, verify, id } = brokerKey(key)
  const ended = (jti: string): string => `ended:${jti}`

  const known = new Map<string, Login>()

  async function read(token: string): Promise<Login | undefined> {
    if (token.length > longest) return undefined
    const login = known.get(token) ?? (await check(token))
    return login && login.principal.expiresAt > now() ? login : undefined
  }

  /** What was signed stays signed: only what changes, its end and its being ended, is looked at each time. */
  function remember(token: string, login: Login): Login {
    if (known.size >= mostKnown) known.delete(known.keys().next().value ?? '')
    known.set(token, login)
    return login
  }

  async function check(token: string): Promise<Login | undefined> {
    try {
      const { payload } = await jwtVerify(token, verify, {
        algorithms: ['EdDSA'],
        typ: type,
        issuer: publicUrl,
        audience: publicUrl,
        requiredClaims: ['exp', 'iat', 'sub', 'jti'],
        currentDate: now(),
      })
      const principal = principalIn(payload)
      return principal && payload.jti !== undefined ? remember(token, { principal, jti: payload.jti }) : undefined
    } catch {
      return undefined
    }
  }

  return {
    async issue(principal) {
      const token = await new SignJWT(principalClaims(principal))
        .setProtectedHeader({ alg: 'EdDSA', typ: type, kid: id })
        .setIssuer(publicUrl)
        .setAudience(publicUrl)
        .setJti(randomUUID())
        .setIssuedAt(now())
        .setExpirationTime(principal.expiresAt)
        .sign(sign)
      return { token, expiresAt: principal.expiresAt }
    },
    async verify(token) {
      const login = await read(token)
      if (login === undefined) return deny('login-expired', 'The login is not one of this broker, or has ended.')
      const { principal, jti } = login
      // Who takes an authenticator out of the configuration does not trust what it vouched for.
      if (!knows(principal.authenticator))
        return deny('login-expired', 'The way by which this login came is not one of this broker any more.')
      const [barrier, end] = await Promise.all([ledger.barrier(principal.id), ledger.get(ended(jti), now().getTime())])
      if (end !== undefined) return deny('login-expired', 'The login was ended by its holder.')
      if (barrier !== undefined && principal.authenticatedAt.getTime() < barrier)
        return deny('principal-revoked', 'The login was revoked. Signing in anew may help.')
      return { allowed: true, principal }
    },
    async end(token) {
      const login = await read(token)
      if (login) await ledger.put(ended(login.jti), '', login.principal.expiresAt.getTime(), now().getTime())
    },
  }
}
