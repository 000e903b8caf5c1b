import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { TokenPlace } from '../model/source-spec.ts'
import { gitHubActionsToken } from './github-actions-token.ts'
import { oidcLogin } from './oidc-login.ts'
import { tokenClaims } from './token-claims.ts'

/** A token to trade, and what it tells without being proven. */
export interface WebIdentityToken {
  readonly token: string
  /** Its `sub`. */
  readonly subject: string | undefined
  /** When the sign-in behind it ends, where there is one and the provider says so. */
  readonly loginEnds?: Date
}

/** The token that is in its place now. Throws a `Failure`; nothing of the token is ever in it. */
export async function webIdentityToken(place: TokenPlace, host: Host): Promise<WebIdentityToken> {
  switch (place.from) {
    case 'file':
      return checked(String(await host.readFile(place.path)), `The file ${place.path}`)
    case 'variable':
      return checked(host.variable(place.name) ?? '', `The variable ${place.name}`)
    case 'command':
      return checked(await host.run(place.commandLine), 'What web_identity_token_process printed')
    case 'github-actions':
      return checked(await gitHubActionsToken(host, place.audience), 'What GitHub Actions answered')
    case 'login': {
      const { idToken, endsAt } = await oidcLogin(place, host)
      return { ...checked(idToken, 'What the provider answered'), ...(endsAt ? { loginEnds: endsAt } : {}) }
    }
  }
}

/** Files of tokens end in a newline, and a token in the wrong place must not be sent to STS. */
function checked(text: string, where: string): WebIdentityToken {
  const token = text.trim()
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) || token.length > 20_000)
    throw new Failure('config-invalid', `${where} ${token === '' ? 'is empty' : 'is not a web identity token'}.`, {
      hint: 'It must be a signed JWT of at most 20000 characters: three parts with dots between.',
    })
  const sub = tokenClaims(token).get('sub')
  return { token, subject: typeof sub === 'string' ? sub : undefined }
}
