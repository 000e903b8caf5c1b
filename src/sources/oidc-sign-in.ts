import type { Configuration } from 'openid-client'
import type { Host } from '../host/host.ts'
import { awaitCallback } from '../host/loopback-callback.ts'
import { Failure } from '../model/failure.ts'
import type { OidcLoginPlace } from '../model/source-spec.ts'
import { oidcFailure } from './oidc-failure.ts'
import type { TokenAnswer } from './oidc-login.ts'

/** How long a person may take, in milliseconds. */
const patience = 300_000

/**
 * Has the person sign in: in their browser, by authorization code with PKCE on a loopback address (RFC 8252); where no
 * browser starts, or the spec says so, by a code that is entered on any device (RFC 8628), if the provider offers that.
 */
export async function signIn(config: Configuration, place: OidcLoginPlace, host: Host): Promise<TokenAnswer> {
  const hasDevices = config.serverMetadata().device_authorization_endpoint !== undefined
  const answer = place.device && hasDevices ? undefined : await byBrowser(config, place, host, hasDevices)
  return answer ?? byDevice(config, place, host)
}

/** Undefined when no browser started and there is another way. */
async function byBrowser(
  config: Configuration,
  { scopes, redirectPort }: OidcLoginPlace,
  host: Host,
  hasDevices: boolean,
): Promise<TokenAnswer | undefined> {
  const client = await import('openid-client')
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const nonce = client.randomNonce()
  const callback = await awaitCallback({
    path: '/oauth/callback',
    timeoutMs: patience,
    page: 'You are signed in. This window may be closed.',
    state,
    ...(redirectPort === undefined ? {} : { port: redirectPort }),
  })
  try {
    const address = client.buildAuthorizationUrl(config, {
      redirect_uri: callback.redirectUri,
      scope: scopes.join(' '),
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      // Providers give a refresh token for offline_access only when the person was asked (OpenID Connect Core, 11).
      ...(scopes.includes('offline_access') ? { prompt: 'consent' } : {}),
    })
    if (!(await host.openBrowser(address.href)) && hasDevices) return undefined
    const came = new URL(callback.redirectUri)
    came.search = String(await callback.answer)
    return await client.authorizationCodeGrant(config, came, {
      ...{ pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
    })
  } catch (error) {
    throw oidcFailure(error, 'The sign-in did not succeed')
  } finally {
    await callback.close()
  }
}

async function byDevice(config: Configuration, { scopes }: OidcLoginPlace, host: Host): Promise<TokenAnswer> {
  const client = await import('openid-client')
  try {
    const pending = await client.initiateDeviceAuthorization(config, { scope: scopes.join(' ') })
    assertShowable(pending.verification_uri, pending.user_code)
    host.say(`mayfly: on any device, open\n  ${pending.verification_uri}\nand enter the code ${pending.user_code}`)
    await host.openBrowser(pending.verification_uri_complete ?? pending.verification_uri)
    const answer = await client.pollDeviceAuthorizationGrant(config, pending)
    if (answer.id_token !== undefined) return answer
    throw new Failure('login-needed', 'The provider gave no ID token.', {
      hint: 'mayfly_oidc_scopes must have openid in it.',
    })
  } catch (error) {
    throw oidcFailure(error, 'The sign-in did not succeed')
  }
}

/** Both go to the terminal as they are, where control characters would be obeyed. */
function assertShowable(address: string, code: string): void {
  if (/^https?:\/\/[\x21-\x7e]+$/.test(address) && /^[\x20-\x7e]{1,64}$/.test(code)) return
  throw new Failure('login-needed', 'What the provider wants entered on a device cannot be shown.', {
    hint: 'Check mayfly_oidc_issuer in the profile, or sign in with the browser of this machine.',
  })
}
