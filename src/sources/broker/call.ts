import type { ClientCertificate, Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'

export interface BrokerCall {
  /** The broker's address. */
  readonly broker: string
  readonly method?: 'GET' | 'POST'
  /** Begins with a slash. */
  readonly path: string
  /** A broker token: who calls. */
  readonly token?: string
  /** Sent as JSON. */
  readonly body?: object
  /** Sent as a form, as OAuth has it. */
  readonly form?: Readonly<Record<string, string>>
  /** Presented at an address with mutual TLS. */
  readonly as?: ClientCertificate
}

export type BrokerAnswer =
  | { readonly ok: true; readonly value: unknown }
  /** `code` is one of the broker's, or of OAuth's; empty where what answered is no broker. */
  | { readonly ok: false; readonly status: number; readonly code: string; readonly message: string }

/**
 * Asks a broker. A no of the broker's is an answer; rejects with a `Failure` of code `network` when it is not reached.
 * Follows no redirect: the token is for this address.
 */
export async function askBroker(host: Pick<Host, 'fetch'>, call: BrokerCall): Promise<BrokerAnswer> {
  const { broker, method = 'GET', path, token, body, form, as } = call
  const headers = new Headers({ Accept: 'application/json', 'User-Agent': 'mayfly' })
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`)
  if (body) headers.set('Content-Type', 'application/json')
  const content = body ? JSON.stringify(body) : form ? new URLSearchParams(form) : undefined
  const request = new Request(`${broker}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(content === undefined ? {} : { body: content }),
  })
  const answer = await host.fetch(request, as).catch((error: unknown) => {
    throw notReached(error, broker)
  })
  const value: unknown = answer.status === 204 ? {} : await answer.json().catch(() => undefined)
  if (answer.ok && value !== undefined) return { ok: true, value }
  return { ok: false, status: answer.status, ...refusalIn(value) }
}

/** Asks a broker, and throws a `Failure` with its reason when it says no. */
export async function callBroker(host: Pick<Host, 'fetch'>, call: BrokerCall): Promise<unknown> {
  const answer = await askBroker(host, call)
  if (answer.ok) return answer.value
  throw brokerFailure(call.broker, answer)
}

/** What to do about an address where no broker answers. What the network says of certificates is kept. */
function notReached(error: unknown, broker: string): unknown {
  if (!(error instanceof Failure) || error.code !== 'network' || error.hint?.includes('AWS_CA_BUNDLE')) return error
  const isHere = /^http:/.test(broker)
  return new Failure('network', error.message, {
    hint: isHere
      ? 'Start it (mayfly up, mayfly broker), or check the address.'
      : 'Check the address, the network and HTTPS_PROXY. Sessions that are kept work on until they end.',
    cause: error,
    tryNext: error.tryNext,
  })
}

/**
 * What to tell of a broker's no. Its words are shown as they are: whoever prints them makes them printable. `advice` is
 * what to do about a code, where the caller knows better than that somebody runs a profile.
 */
export function brokerFailure(
  broker: string,
  { status, code, message }: BrokerAnswer & { ok: false },
  advice: Readonly<Record<string, string>> = {},
): Failure {
  const said = message || `it does not say why (HTTP ${status})`
  if (status === 401 || code === 'login-expired' || code === 'principal-revoked' || code === 'mfa-needed')
    return new Failure('login-needed', `${broker}: ${code === '' ? 'somebody has to sign in.' : said}`, {
      hint: `mayfly login --broker ${broker}`,
    })
  if (code === 'ledger-down') return new Failure('ledger-down', `${broker}: ${said}`, { hint: later })
  if (code === 'rate-limited' || code === 'aws-unreachable' || status === 429 || status >= 500)
    return new Failure('network', `${broker} is busy or not well: ${said}`, { hint: later })
  if (code === '')
    return new Failure('broker-refused', `What answered at ${broker} (HTTP ${status}) is not a broker.`, {
      hint: 'Check the address, and whether a proxy or a login page of the network stands in between.',
    })
  if (code === 'aws-refused') return new Failure('aws-refused', `${broker}: ${said}`)
  const hint = advice[code] ?? hints[code]
  return new Failure('broker-refused', `${broker}: ${said}`, hint === undefined ? {} : { hint })
}

const later = 'Run the command again in a while; if it stays so, tell who runs the broker.'

const hints: Readonly<Record<string, string>> = {
  'reason-needed': 'Give one: MAYFLY_REASON=… before the command, or mayfly_reason in the profile.',
  'ticket-needed': 'Give one: MAYFLY_TICKET=… before the command, or mayfly_ticket in the profile.',
  'too-long': 'Make duration_seconds smaller.',
  'request-not-approved': 'mayfly requests ls shows how it stands.',
}

/** `{"error": {"code", "message"}}`, and OAuth's `{"error": "code", "error_description"}`. */
function refusalIn(value: unknown): { readonly code: string; readonly message: string } {
  const { error, error_description } = membersOf(value)
  if (typeof error === 'string')
    return { code: textOr(error, '').slice(0, 100), message: textOr(error_description, error) }
  const { code, message } = membersOf(error)
  return { code: textOr(code, '').slice(0, 100), message: textOr(message, '') }
}

const textOr = (value: unknown, other: string): string => onOneLine(typeof value === 'string' ? value : other)

/** What a broker says must not look like what Mayfly says next. */
export const onOneLine = (text: string): string => text.slice(0, 1000).replace(/[\n\r\u0085\u2028\u2029]+/g, ' ')

/** The members of a JSON object; none of anything else. */
export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
