import { createHash, randomBytes } from 'node:crypto'
import { awaitCallback } from '../../host/loopback-callback.ts'
import { createToken } from './create-token.ts'
import { ssoEndpoint } from './endpoint.ts'
import type { SignIn } from './sign-in.ts'

const patience = 10 * 60_000
const secret = (): string => randomBytes(32).toString('base64url')

/** Signs in with the browser of this machine: an authorization code with PKCE (RFC 8252, RFC 7636). */
export const signInWithBrowser: SignIn = async (session, client, host) => {
  const state = secret()
  const codeVerifier = secret()
  const page = 'You are signed in. You can close this page and go back to the terminal.'
  const callback = await awaitCallback({ path: '/oauth/callback', timeoutMs: patience, state, page })
  try {
    const { redirectUri } = callback
    const url = new URL(`${ssoEndpoint('oidc', session.oidc)}/authorize`)
    const parameters = {
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge_method: 'S256',
      // Plural, alone among OAuth servers.
      scopes: session.scopes.join(' '),
      code_challenge: createHash('sha256').update(codeVerifier).digest('base64url'),
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    // `%20` for spaces: the AWS CLI sends it so, and nobody else has tried `+`.
    if (!(await host.openBrowser(url.href.replaceAll('+', '%20')))) return undefined
    const answer = await callback.answer
    const code = answer.get('code')
    if (code === null) {
      const error = answer.get('error') ?? 'no_code'
      const text = (answer.get('error_description') ?? error).replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 300)
      return { ok: false, status: 400, code: /^\w{1,64}$/.test(error) ? error : 'unknown_error', text }
    }
    return await createToken(
      session,
      client,
      { grantType: 'authorization_code', code, redirectUri, codeVerifier },
      host,
    )
  } finally {
    await callback.close()
  }
}
