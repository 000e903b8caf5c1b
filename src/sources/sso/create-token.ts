import type { Host } from '../../host/host.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { callSso, numberMember, type SsoAnswer, strangeAnswer, textMember } from './call.ts'
import { ssoEndpoint } from './endpoint.ts'
import type { Registration } from './registration.ts'
import type { SsoToken } from './token-file.ts'

/** What a token is asked for with. */
export type Grant =
  | {
      readonly grantType: 'authorization_code'
      readonly code: string
      readonly redirectUri: string
      readonly codeVerifier: string
    }
  | { readonly grantType: 'urn:ietf:params:oauth:grant-type:device_code'; readonly deviceCode: string }
  | { readonly grantType: 'refresh_token'; readonly refreshToken: string }

export type Refusal = Extract<SsoAnswer, { readonly ok: false }>

/** The token of a grant, or AWS's refusal. Asked once: codes work once, and a refusal of the second tells nothing. */
export async function createToken(
  session: SsoSessionSpec,
  client: Registration,
  grant: Grant,
  host: Host,
): Promise<SsoToken | Refusal> {
  const { clientId, clientSecret, expiresAt: registrationExpiresAt } = client
  const answer = await callSso(host, {
    url: `${ssoEndpoint('oidc', session.oidc)}/token`,
    body: { clientId, clientSecret, ...grant },
  })
  if (!answer.ok) return answer
  const accessToken = textMember(answer.members, 'accessToken')
  const expiresIn = numberMember(answer.members, 'expiresIn')
  if (accessToken === undefined || expiresIn === undefined || expiresIn > 400 * 86_400)
    throw strangeAnswer('CreateToken')
  const refreshToken = textMember(answer.members, 'refreshToken')
  const expiresAt = new Date(host.now().getTime() + expiresIn * 1000)
  return {
    ...{ accessToken, expiresAt, clientId, clientSecret, registrationExpiresAt },
    ...(refreshToken === undefined ? {} : { refreshToken }),
  }
}

export const isRefusal = (answer: SsoToken | Refusal): answer is Refusal => 'ok' in answer
