import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'
import type { SsoSessionSpec } from '../../model/source-spec.ts'
import { signInWithBrowser } from './browser-sign-in.ts'
import { isRefusal, type Refusal } from './create-token.ts'
import { signInWithDeviceCode } from './device-sign-in.ts'
import { keepRegistration, type Registration, type SignInWay, takeRegistration } from './registration.ts'
import type { SsoToken } from './token-file.ts'

/** A way to sign in: gives the token, AWS's refusal, or undefined when this way is not open here. */
export type SignIn = (
  session: SsoSessionSpec,
  client: Registration,
  host: Host,
) => Promise<SsoToken | Refusal | undefined>

const ways: Readonly<Record<SignInWay, SignIn>> = { browser: signInWithBrowser, device: signInWithDeviceCode }

/**
 * Has the person sign in to Identity Center: in the browser of this machine, or with a code on any other where this one
 * has none. Throws a `Failure`: `login-needed` where nobody is to be asked, `access-denied` when the person says no.
 */
export async function signIn(session: SsoSessionSpec, host: Host): Promise<SsoToken> {
  try {
    const way = wayHere(host)
    const token = (await attempt(session, way, host)) ?? (await attempt(session, 'device', host))
    if (token) return token
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'input-needed') throw error
  }
  throw loginNeeded(session)
}

async function attempt(session: SsoSessionSpec, way: SignInWay, host: Host): Promise<SsoToken | undefined> {
  for (const afresh of [false, true]) {
    const client = await takeRegistration(session, way, host, afresh)
    const answer = await ways[way](session, client, host)
    if (answer === undefined) return undefined
    if (!isRefusal(answer)) {
      keepRegistration(session, way, host, client)
      return answer
    }
    // A registration that was kept may be forgotten at the other end.
    if (!afresh && /^(?:InvalidClient|UnauthorizedClient)Exception$|client$/.test(answer.code)) continue
    throw refused(answer)
  }
  return undefined
}

function refused({ code, text }: Refusal): Failure {
  if (/AccessDenied|access_denied/.test(code))
    return new Failure('access-denied', 'The sign-in to Identity Center was denied.', {
      hint: 'Run the command again, and allow it in the browser.',
    })
  if (/ExpiredToken|expired_token/.test(code))
    return new Failure('login-needed', 'Nobody signed in to Identity Center in time.', {
      hint: 'Run the command again.',
    })
  return new Failure('aws-refused', `Identity Center refused the sign-in: ${text} (${code})`, {
    hint: 'Run the command again; if it stays so, check sso_start_url and sso_region.',
  })
}

/** What is said when a person must sign in and nobody is there to. */
export const loginNeeded = ({ name, startUrl }: SsoSessionSpec): Failure =>
  new Failure('login-needed', `The sign-in to ${name ?? startUrl} (IAM Identity Center) is over.`, {
    hint: 'mayfly login PROFILE',
  })

/**
 * `device` where a browser would run on another machine than the one in front of the person, or not at all. As
 * everywhere, BROWSER names one, and MAYFLY_SSO_FLOW says which way in so many words.
 */
function wayHere({ variable }: Pick<Host, 'variable'>): SignInWay {
  const asked = variable('MAYFLY_SSO_FLOW')
  if (asked === 'browser' || asked === 'device') return asked
  if (asked !== undefined)
    throw new Failure('usage', `MAYFLY_SSO_FLOW is "${asked}".`, { hint: 'Set it to browser or device, or unset it.' })
  if (['SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY', 'CI', 'CODESPACES'].some((name) => variable(name))) return 'device'
  if (process.platform === 'darwin' || process.platform === 'win32') return 'browser'
  const named = variable('BROWSER')
  if (named !== undefined) return named === 'none' ? 'device' : 'browser'
  return ['DISPLAY', 'WAYLAND_DISPLAY', 'WSL_DISTRO_NAME'].some((name) => variable(name)) ? 'browser' : 'device'
}
