import type { Decision } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'

/** Why a proof was not taken. What is told to the caller is the code alone; the reason goes to the ledger. */
export type ProofDenialCode =
  | 'proof-malformed'
  | 'proof-invalid'
  | 'proof-expired'
  | 'proof-replayed'
  | 'not-known'
  | 'unavailable'

export type Proven = Decision<{ readonly principal: Principal }, ProofDenialCode>

interface Common {
  /** Its name in the configuration. */
  readonly name: string
  /** Why it cannot be used at present; it stays listed. Asked anew at each look. */
  readonly broken: () => string | undefined
}

/** Takes a proof that a caller sends by itself: a token, a signed request, the certificate of its connection. */
export interface ProofAuthenticator extends Common {
  readonly kind: 'jwt' | 'x509' | 'aws'
  readonly authenticate: (proof: unknown, context: ProofContext) => Promise<Proven>
}

export interface ProofContext {
  readonly sourceIp: string
  /** Of a connection by mutual TLS: the client's chain as it was sent, leaf first, DER. Whether it is good is not known yet. */
  readonly certificates?: readonly Uint8Array[]
}

/** Sends people to where they sign in, and reads what they come back with. */
export interface LoginAuthenticator extends Common {
  readonly kind: 'oidc' | 'saml'
  /** `keep` is given back to `finish`, and to nobody else; the person's browser holds it encrypted. */
  readonly begin: (
    returnUrl: string,
  ) => Promise<{ readonly redirect: string; readonly keep: Readonly<Record<string, string>> }>
  /** `came` is the query or the form the browser came back with. */
  readonly finish: (
    came: Readonly<Record<string, string>>,
    keep: Readonly<Record<string, string>>,
    context: ProofContext & { readonly returnUrl: string },
  ) => Promise<Proven>
}

export type Authenticator = ProofAuthenticator | LoginAuthenticator
