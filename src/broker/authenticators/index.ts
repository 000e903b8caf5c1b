import { createHash } from 'node:crypto'
import type { Ledger } from '../../ledger/index.ts'
import type { AuthenticatorConfig, BrokerConfig } from '../config/broker-config.ts'
import type { Authenticator, LoginAuthenticator, ProofAuthenticator } from './authenticator.ts'
import { openAws } from './aws.ts'
import { openJwt } from './jwt.ts'
import { openOidc } from './oidc.ts'
import { openSaml } from './saml.ts'
import { openX509 } from './x509.ts'

export type { LoginAuthenticator, ProofDenialCode, Proven } from './authenticator.ts'

/** What authenticators stand on. */
export interface AuthenticatorParts {
  readonly config: () => Pick<BrokerConfig, 'authenticators' | 'publicUrl'>
  readonly ledger: Pick<Ledger, 'spend'>
  readonly fetch: (request: Request) => Promise<Response>
  readonly now: () => Date
}

/** What one authenticator stands on: the same, and where the broker is. */
export interface OpeningParts extends Omit<AuthenticatorParts, 'config'> {
  readonly publicUrl: string
}

/** The ways to prove who one is, as the configuration has them at this moment. */
export interface Authenticators {
  /** In the order of the configuration, broken ones with the reason. */
  readonly list: () => readonly {
    readonly name: string
    readonly kind: Authenticator['kind']
    readonly broken?: string
  }[]
  readonly proof: (name: string) => ProofAuthenticator | undefined
  readonly login: (name: string) => LoginAuthenticator | undefined
}

type Openers = {
  readonly [Kind in AuthenticatorConfig['kind']]: (
    config: Extract<AuthenticatorConfig, { kind: Kind }>,
    parts: OpeningParts,
  ) => Authenticator
}

const openers: Openers = { jwt: openJwt, x509: openX509, aws: openAws, oidc: openOidc, saml: openSaml }

function open(config: AuthenticatorConfig, parts: OpeningParts): Authenticator {
  switch (config.kind) {
    case 'jwt':
      return openers.jwt(config, parts)
    case 'x509':
      return openers.x509(config, parts)
    case 'aws':
      return openers.aws(config, parts)
    case 'oidc':
      return openers.oidc(config, parts)
    case 'saml':
      return openers.saml(config, parts)
  }
}

/** The configured authenticators. They follow the configuration; one whose section did not change keeps what it fetched. */
export function openAuthenticators(parts: AuthenticatorParts): Authenticators {
  let held = new Map<string, { readonly digest: string; readonly authenticator: Authenticator }>()
  let seen: readonly AuthenticatorConfig[] | undefined

  function current(): ReadonlyMap<string, { readonly authenticator: Authenticator }> {
    const { authenticators, publicUrl } = parts.config()
    if (authenticators === seen) return held
    const fresh: typeof held = new Map()
    for (const config of authenticators) {
      const { line, ...rest } = config
      const digest = createHash('sha256')
        .update(JSON.stringify([publicUrl, rest]))
        .digest('hex')
      const known = held.get(config.name)
      const kept = known?.digest === digest ? known : { digest, authenticator: open(config, { ...parts, publicUrl }) }
      fresh.set(config.name, kept)
    }
    held = fresh
    seen = authenticators
    return held
  }

  return {
    list: () =>
      [...current().values()].map(({ authenticator: { name, kind, broken } }) => {
        const why = broken()
        return { name, kind, ...(why === undefined ? {} : { broken: why }) }
      }),
    proof: (name) => {
      const found = current().get(name)?.authenticator
      return found && 'authenticate' in found ? found : undefined
    },
    login: (name) => {
      const found = current().get(name)?.authenticator
      return found && 'begin' in found ? found : undefined
    },
  }
}
