import { setTimeout as pause } from 'node:timers/promises'
import { callSso, numberMember, strangeAnswer, textMember } from './call.ts'
import { createToken, isRefusal } from './create-token.ts'
import { ssoEndpoint } from './endpoint.ts'
import type { SignIn } from './sign-in.ts'

/** RFC 8628, section 3.2 and 3.5. */
const defaultInterval = 5
const slowDown = 5

/** Signs in with a code that the person enters in a browser anywhere (RFC 8628). */
export const signInWithDeviceCode: SignIn = async (session, client, host) => {
  const { clientId, clientSecret } = client
  const answer = await callSso(host, {
    url: `${ssoEndpoint('oidc', session.oidc)}/device_authorization`,
    body: { clientId, clientSecret, startUrl: session.startUrl },
  })
  if (!answer.ok) return answer
  const deviceCode = textMember(answer.members, 'deviceCode')
  const userCode = textMember(answer.members, 'userCode', /^[\w-]{1,64}$/)
  const address = textMember(answer.members, 'verificationUriComplete') ?? textMember(answer.members, 'verificationUri')
  if (deviceCode === undefined || userCode === undefined || address === undefined)
    throw strangeAnswer('StartDeviceAuthorization')
  const lifetime = Math.min(numberMember(answer.members, 'expiresIn') ?? 600, 3600)
  await host.openBrowser(address)
  host.say(`mayfly: it must show the code ${userCode}`)
  let interval = Math.min(numberMember(answer.members, 'interval') ?? defaultInterval, 60)
  for (let waited = 0; ; waited += interval) {
    await pause(interval * 1000)
    const token = await createToken(
      session,
      client,
      { grantType: 'urn:ietf:params:oauth:grant-type:device_code', deviceCode },
      host,
    )
    if (!isRefusal(token)) return token
    if (/^(?:SlowDownException|slow_down)$/.test(token.code)) interval += slowDown
    else if (!/^(?:AuthorizationPendingException|authorization_pending)$/.test(token.code)) return token
    if (waited > lifetime)
      return { ok: false, status: 400, code: 'ExpiredTokenException', text: 'The code has expired.' }
  }
}
