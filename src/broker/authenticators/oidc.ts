import { readFile } from 'node:fs/promises'
import { decodeProtectedHeader } from 'jose'
import type { Configuration, IDToken } from 'openid-client'
import { deny } from '../../model/decision.ts'
import type { Principal } from '../../model/principal.ts'
import type { AuthenticatorConfig } from '../config/broker-config.ts'
import type { LoginAuthenticator, Proven } from './authenticator.ts'
import { flatClaims, isIdText, textOf, textsOf } from './claims.ts'
import { isSafeUrl } from './fetch-text.ts'
import type { OpeningParts } from './index.ts'
import { algorithms } from './jwt.ts'
import { keep } from './kept.ts'
import { tellsSecondFactor } from './second-factor.ts'

type Config = Extract<AuthenticatorConfig, { kind: 'oidc' }>
type OpenIdClient = typeof import('openid-client')

let loading: Promise<OpenIdClient> | undefined
const loadClient = (): Promise<OpenIdClient> => {
  loading ??= import('openid-client')
  return loading
}

/** Seconds. */
const patience = 10
const leeway = 60

/**
 * Signs people in at an OpenID provider: the code flow with PKCE, state and nonce. The ID token's signature is verified
 * although it comes from the provider itself; nothing but it is read.
 */
export function openOidc(config: Config, { fetch, now }: OpeningParts): LoginAuthenticator {
  const { name, lifetime } = config
  const client = keep({ fetch: () => discover(config, fetch), now })

  return {
    name,
    kind: 'oidc',
    broken: client.broken,
    async begin(returnUrl) {
      const [found, library] = await Promise.all([client.get(), loadClient()])
      const verifier = library.randomPKCECodeVerifier()
      const [state, nonce] = [library.randomState(), library.randomNonce()]
      // When somebody signed in, grants want to know; providers tell it of themselves or when they are asked.
      const asksTime = found.serverMetadata().claims_parameter_supported === true
      const redirect = library.buildAuthorizationUrl(found, {
        redirect_uri: returnUrl,
        scope: config.scopes.join(' '),
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        ...{ state, nonce },
        ...(asksTime ? { claims: JSON.stringify({ id_token: { auth_time: { essential: true } } }) } : {}),
      })
      return { redirect: redirect.href, keep: { verifier, state, nonce } }
    },
    async finish(came, { verifier, state, nonce }, { returnUrl }) {
      if (verifier === undefined || state === undefined || nonce === undefined)
        return deny('proof-malformed', 'The login was not begun here.')
      if (came.state !== state) return deny('proof-invalid', 'The state is not that of the login that was begun.')
      if (came.error !== undefined)
        return deny('proof-invalid', `The identity provider says ${came.error.slice(0, 100)}.`)
      if (came.code === undefined) return deny('proof-malformed', 'The identity provider sent no code.')
      const url = new URL(returnUrl)
      for (const [key, value] of Object.entries(came)) url.searchParams.set(key, value)
      let found: Configuration
      try {
        found = await client.get()
      } catch (error) {
        return deny('unavailable', messageOf(error))
      }
      const library = await loadClient()
      try {
        const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }
        const tokens = await library.authorizationCodeGrant(found, url, checks)
        const claims = tokens.claims()
        const { alg = 'none' } = decodeProtectedHeader(tokens.id_token ?? '')
        if (claims === undefined || !algorithms.includes(alg))
          return deny('proof-invalid', 'The ID token is signed in a way that is not taken.')
        return principalOf(claims)
      } catch (error) {
        const unreachable = error instanceof TypeError && error.message === 'fetch failed'
        return unreachable
          ? deny('unavailable', 'The identity provider cannot be reached.')
          : deny('proof-invalid', `The login is not good: ${messageOf(error)}.`)
      }
    },
  }

  function principalOf(token: IDToken): Proven {
    const at = now().getTime()
    const claims = flatClaims(token)
    const subject = subjectOf(config, token, claims)
    if (subject === undefined || !isIdText(subject))
      return deny('not-known', `The ID token has no verified claim ${config.idClaim} that can be an id.`)
    const shown = config.nameClaim === 'email' ? subject : (textOf(claims, config.nameClaim) ?? subject)
    const { auth_time: signedInAt } = token
    const isStrong = tellsSecondFactor(textsOf(claims, 'amr'), textOf(claims, 'acr'))
    return {
      allowed: true,
      principal: {
        ...{ id: `${name}:${subject}`, kind: 'person', authenticator: name, claims },
        name: isIdText(shown) ? shown : subject,
        groups: textsOf(claims, config.groupsClaim),
        authenticatedAt: new Date(at),
        expiresAt: new Date(at + lifetime * 1000),
        ...(isStrong && typeof signedInAt === 'number' ? { mfaAt: new Date(Math.min(signedInAt * 1000, at)) } : {}),
      },
    }
  }
}

/**
 * Who it is by the configured claim. An address that is not called verified is anybody's, unless
 * the provider is known to let nobody write their own; then it is `sub`, unless that looks
 * like an address and could be taken for one that is verified.
 */
function subjectOf({ idClaim, trustsEmails }: Config, token: IDToken, claims: Principal['claims']): string | undefined {
  if (idClaim === 'sub') return token.sub
  if (idClaim !== 'email') return textOf(claims, idClaim)
  const { email_verified: said } = token
  const isVerified = said === true || said === 'true' || (said === undefined && trustsEmails)
  const email = isVerified ? textOf(claims, 'email') : undefined
  // ASCII alone: other letters have small forms that belong to somebody else.
  if (email !== undefined) return email.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return token.sub.includes('@') ? undefined : token.sub
}

async function discover(
  { issuer, clientId, clientSecretFile }: Config,
  fetch: OpeningParts['fetch'],
): Promise<Configuration> {
  if (!isSafeUrl(issuer)) throw new Error(`${issuer} is neither https nor on this machine`)
  const library = await loadClient()
  const secret =
    clientSecretFile === undefined
      ? undefined
      : (
          await readFile(clientSecretFile, 'utf8').catch(() => {
            throw new Error(`clientSecretFile ${clientSecretFile} cannot be read`)
          })
        ).trim()
  const isPlain = issuer.startsWith('http:')
  const customFetch: import('openid-client').CustomFetch = (url, { body, headers, method, signal }) => {
    if (!isSafeUrl(url)) throw new Error(`${url} is neither https nor on this machine`)
    const isForm = typeof body === 'string' || body instanceof URLSearchParams
    const more = { ...(isForm ? { body } : {}), ...(signal ? { signal } : {}) }
    return fetch(new Request(url, { method, headers, redirect: 'manual', ...more }))
  }
  try {
    const found = await library.discovery(new URL(issuer), clientId, undefined, library.None(), {
      execute: isPlain ? [library.allowInsecureRequests] : [],
      timeout: patience,
      [library.customFetch]: customFetch,
    })
    const server = found.serverMetadata()
    // OpenID Connect Discovery 1.0, section 3: basic where nothing is said.
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const authentication =
      secret === undefined
        ? library.None()
        : methods.includes('client_secret_basic')
          ? library.ClientSecretBasic(secret)
          : library.ClientSecretPost(secret)
    const metadata = { [library.clockTolerance]: leeway }
    const configured = new library.Configuration(server, clientId, metadata, authentication)
    configured[library.customFetch] = customFetch
    configured.timeout = patience
    if (isPlain) library.allowInsecureRequests(configured)
    library.enableNonRepudiationChecks(configured)
    return configured
  } catch (error) {
    throw new Error(`${issuer} is no OpenID provider that can be used: ${messageOf(error)}`, { cause: error })
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
