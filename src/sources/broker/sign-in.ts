import { createHash, randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type { Host } from '../../host/host.ts'
import { awaitCallback } from '../../host/loopback-callback.ts'
import { Failure } from '../../model/failure.ts'
import { brokerAddress } from './address.ts'
import { askBroker, type BrokerAnswer, brokerFailure, callBroker, membersOf, onOneLine } from './call.ts'
import { dropKept } from './kept.ts'
import { type BrokerLogin, keepLogin, readLogin } from './login.ts'

export interface SignInOptions {
  /** By a code that is entered on any device. */
  readonly device?: boolean
  /** The broker's name for where to sign in; absent: the page lets the person choose. */
  readonly authenticator?: string
  /** Waits between two questions; milliseconds. */
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

type SignInHost = Pick<Host, 'fetch' | 'now' | 'openBrowser' | 'say' | 'vault'>

const client_id = 'mayfly'
/** How long a person may take, in milliseconds. */
const patience = 300_000

/**
 * Has the person sign in to a broker and keeps the sign-in: in their browser, by authorization code with PKCE on a
 * loopback address (RFC 8252, RFC 7636); where no browser starts, or `device` says so, by a code that is entered on any
 * device (RFC 8628). The sessions that are kept of somebody else's sign-in are dropped.
 */
export async function signInToBroker(
  broker: string,
  host: SignInHost,
  options: SignInOptions = {},
): Promise<BrokerLogin> {
  const token =
    (options.device ? undefined : await byBrowser(broker, host, options)) ?? (await byDevice(broker, host, options))
  const { principal, expiresAt } = membersOf(await callBroker(host, { broker, path: '/v1/me', token }))
  const { id, name } = membersOf(principal)
  const end = new Date(String(expiresAt))
  if (typeof id !== 'string' || typeof name !== 'string' || Number.isNaN(end.getTime()))
    throw new Failure('broker-refused', `${broker}: the answer to the sign-in has a part missing.`)
  const before = await readLogin(host.vault, broker)
  if (before?.principal.id !== id) await dropKept(host.vault, broker)
  const login = { broker, token, expiresAt: end, principal: { id, name } }
  await keepLogin(host.vault, login)
  return login
}

/** Undefined when no browser started. */
async function byBrowser(
  broker: string,
  host: SignInHost,
  { authenticator }: SignInOptions,
): Promise<string | undefined> {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(32).toString('base64url')
  const callback = await awaitCallback({
    path: '/oauth/callback',
    timeoutMs: patience,
    page: 'You are signed in. This window may be closed.',
    state,
  })
  try {
    const address = new URL(`${broker}/oauth/authorize`)
    address.search = String(
      new URLSearchParams({
        response_type: 'code',
        client_id,
        redirect_uri: callback.redirectUri,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        state,
        ...(authenticator === undefined ? {} : { authenticator }),
      }),
    )
    if (!(await host.openBrowser(address.href))) return undefined
    host.say(
      `mayfly: your browser asks whether to let in the program that waits at ${new URL(callback.redirectUri).host}`,
    )
    const came = await callback.answer
    // RFC 9207: the answer must be of the broker that was asked.
    const issuer = came.get('iss') ?? broker
    if (issuer !== broker) {
      const name = brokerAddress(issuer) === issuer ? `: ${issuer}` : '.'
      throw new Failure('login-needed', `What answered for ${broker} calls itself otherwise.`, {
        hint: `Sign in to the broker by its own name, and use it in the profiles${name}`,
      })
    }
    const error = came.get('error')
    if (error !== null) throw notSignedIn(broker, onOneLine(error), onOneLine(came.get('error_description') ?? ''))
    const answer = await askBroker(host, {
      ...{ broker, method: 'POST', path: '/oauth/token' },
      form: {
        grant_type: 'authorization_code',
        code: came.get('code') ?? '',
        redirect_uri: callback.redirectUri,
        client_id,
        code_verifier: verifier,
      },
    })
    return tokenIn(broker, answer)
  } finally {
    await callback.close()
  }
}

async function byDevice(
  broker: string,
  host: SignInHost,
  { authenticator, pause = setTimeout }: SignInOptions,
): Promise<string> {
  const begun = membersOf(
    await callBroker(host, {
      ...{ broker, method: 'POST', path: '/oauth/device_authorization' },
      form: { client_id, ...(authenticator === undefined ? {} : { authenticator }) },
    }),
  )
  const { device_code, user_code, verification_uri, expires_in, interval } = begun
  // Both go to the terminal as they are, where control characters would be obeyed; and nobody is sent anywhere else.
  const isShowable =
    typeof user_code === 'string' && /^[\x20-\x7e]{1,64}$/.test(user_code) && isOf(broker, verification_uri)
  if (!isShowable || typeof device_code !== 'string')
    throw new Failure('broker-refused', `${broker}: what it wants entered on a device cannot be shown.`)
  host.say(`mayfly: on any device, open\n  ${verification_uri}\nand enter the code ${user_code}`)
  const end = host.now().getTime() + seconds(expires_in, 600) * 1000
  for (let every = seconds(interval, 5); host.now().getTime() < end; ) {
    await pause(every * 1000)
    const answer = await askBroker(host, {
      ...{ broker, method: 'POST', path: '/oauth/token' },
      form: { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code, client_id },
    })
    if (!answer.ok && answer.code === 'slow_down') every += 5
    else if (answer.ok || answer.code !== 'authorization_pending') return tokenIn(broker, answer)
  }
  throw notSignedIn(broker, 'expired_token', '')
}

const isOf = (broker: string, address: unknown): address is string =>
  typeof address === 'string' &&
  /^[\x21-\x7e]{1,500}$/.test(address) &&
  URL.parse(address)?.origin === new URL(broker).origin

const seconds = (value: unknown, otherwise: number): number =>
  typeof value === 'number' && value > 0 && value <= 3600 ? value : otherwise

function tokenIn(broker: string, answer: BrokerAnswer): string {
  if (!answer.ok)
    throw answer.status === 400 ? notSignedIn(broker, answer.code, answer.message) : brokerFailure(broker, answer)
  const { access_token } = membersOf(answer.value)
  if (typeof access_token === 'string' && /^[\x21-\x7e]{1,32768}$/.test(access_token)) return access_token
  throw new Failure('broker-refused', `${broker}: the answer to the sign-in has no token in it.`)
}

function notSignedIn(broker: string, code: string, said: string): Failure {
  if (code === 'access_denied')
    return new Failure('access-denied', `${broker}: the sign-in was denied.`, { hint: 'Run the command again.' })
  const because = code === 'expired_token' ? 'nobody signed in in time' : said || code
  return new Failure('login-needed', `${broker}: ${because.replace(/\.$/, '')}.`, { hint: 'Run the command again.' })
}
