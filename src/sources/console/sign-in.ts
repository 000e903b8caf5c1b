import { createHash, randomBytes } from 'node:crypto'
import type { Host } from '../../host/host.ts'
import { awaitCallback } from '../../host/loopback-callback.ts'
import { Failure } from '../../model/failure.ts'
import type { ConsoleLoginSpec } from '../../model/source-spec.ts'
import { createToken, isRefusal, type Refusal } from './create-token.ts'
import { newDpopKey } from './dpop-proof.ts'
import { signinEndpoint } from './endpoint.ts'
import { readPasted } from './pasted-code.ts'
import type { ConsoleToken } from './token-file.ts'

const clientIds = {
  here: 'arn:aws:signin:::devtools/same-device',
  remote: 'arn:aws:signin:::devtools/cross-device',
} as const

const patience = 10 * 60_000
const secret = (): string => randomBytes(32).toString('base64url')

/** What comes back from the browser. */
interface Brought {
  readonly code: string
  readonly redirectUri: string
}

/**
 * Has the person sign in to the console as they do every day, and gives the credentials that come of it, with what
 * renews them for twelve hours. With `remote`, or where no browser starts, they sign in on any machine and paste a code.
 * Throws a `Failure`: `login-needed` where nobody is to be asked, `access-denied` when they say no or may not,
 * `config-invalid` when somebody else than the profile's signed in.
 */
export async function signInToConsole(spec: ConsoleLoginSpec, host: Host, remote = false): Promise<ConsoleToken> {
  const base = signinEndpoint(spec.signin)
  const codeVerifier = secret()
  const challenge = createHash('sha256').update(codeVerifier).digest('base64url')
  const address = (client: keyof typeof clientIds, redirectUri: string, state: string): string => {
    const url = new URL(`${base}/v1/authorize`)
    const parameters = {
      ...{ response_type: 'code', client_id: clientIds[client], state, scope: 'openid', redirect_uri: redirectUri },
      // Not OAuth's S256, although it is the same.
      ...{ code_challenge_method: 'SHA-256', code_challenge: challenge },
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href
  }
  try {
    const here = remote ? undefined : await bringHere(host, (uri, state) => address('here', uri, state))
    const brought = here ?? (await bringByHand(host, base, (uri, state) => address('remote', uri, state)))
    const sender = { clientId: clientIds[here ? 'here' : 'remote'], dpopKey: newDpopKey() }
    const answer = await createToken(host, base, sender, { grantType: 'authorization_code', ...brought, codeVerifier })
    if (isRefusal(answer)) throw refused(answer)
    const who = subjectOf(answer.idToken)
    if (who !== spec.session) throw somebodyElse(spec.session, who)
    return { ...answer, ...sender, accountId: spec.session.split(':')[4] ?? '' }
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'input-needed') throw error
    throw loginNeeded(spec)
  }
}

type Address = (redirectUri: string, state: string) => string

/** The browser of this machine brings the code; undefined where none starts. */
async function bringHere(host: Host, address: Address): Promise<Brought | undefined> {
  const state = secret()
  const page = 'You are signed in. You can close this page and go back to the terminal.'
  const callback = await awaitCallback({ path: '/oauth/callback', timeoutMs: patience, state, page })
  try {
    const { redirectUri } = callback
    if (!(await host.openBrowser(address(redirectUri, state)))) return undefined
    const answer = await callback.answer
    const code = answer.get('code')
    if (code === null) throw denied(answer.get('error') ?? '')
    return { code, redirectUri }
  } finally {
    await callback.close()
  }
}

/** The person signs in on any machine, and takes the code here. */
async function bringByHand(host: Host, base: string, address: Address): Promise<Brought> {
  const state = secret()
  const redirectUri = `${base}/v1/sessions/confirmation`
  host.say(`mayfly: sign in on any machine that has a browser, at\n  ${address(redirectUri, state)}`)
  const pasted = await host.ask({ kind: 'text', text: 'Code that the browser shows', secret: true })
  return { code: readPasted(pasted, state), redirectUri }
}

/** The ARN an id token names. It came over the connection that the credentials came over, and is as good as they are. */
function subjectOf(idToken: string | undefined): string | undefined {
  try {
    const claims: unknown = JSON.parse(Buffer.from(idToken?.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const sub = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : undefined
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}

const denied = (error: string): Failure =>
  error === 'access_denied' || error === ''
    ? new Failure('access-denied', 'The sign-in was denied in the browser.', {
        hint: 'Run the command again, and allow it.',
      })
    : new Failure('aws-refused', `AWS Sign-In refused: ${/^\w{1,64}$/.test(error) ? error : 'no code'}.`)

/** What a refusal means for the person. */
export function refused({ error, text }: Refusal): Failure {
  if (error === 'INSUFFICIENT_PERMISSIONS')
    return new Failure('access-denied', `AWS Sign-In gives no credentials to programs: ${text}`, {
      hint: 'An administrator attaches arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess to the user or role.',
    })
  if (error === 'AUTHCODE_EXPIRED')
    return new Failure('login-needed', 'The code of the browser was used before, or is over.', {
      hint: 'Run the command again.',
    })
  return new Failure('aws-refused', `AWS Sign-In refused: ${text} (${error})`, {
    hint: 'Check the clock of this machine and the region of the profile, then run the command again.',
  })
}

const somebodyElse = (wanted: string, who: string | undefined): Failure =>
  new Failure(
    'config-invalid',
    `The browser signed in as ${who !== undefined && /^[\x21-\x7e]{1,512}$/.test(who) ? who : 'somebody unknown'}, but the profile is of ${wanted}.`,
    { hint: 'Sign out in the browser and run the command again, or change login_session.' },
  )

/** What is said when a person must sign in and nobody is there to. */
const loginNeeded = ({ session }: ConsoleLoginSpec): Failure =>
  new Failure('login-needed', `The console sign-in of ${session} is over.`, { hint: 'mayfly login PROFILE' })
