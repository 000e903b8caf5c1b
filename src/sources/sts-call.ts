import { setTimeout } from 'node:timers/promises'
import type { Host } from '../host/host.ts'
import { type Post, type Posted, postBy, type SendPost } from '../host/post.ts'
import { Failure } from '../model/failure.ts'
import type { SigningKey } from '../model/signing-key.ts'
import type { Target } from '../model/source-spec.ts'
import type { WireRequest } from '../wire/message.ts'
import { encodeQuery, type QueryInput } from '../wire/query.ts'
import { sign } from '../wire/sigv4/sign.ts'
import { childOf, readXml, type XmlElement } from '../wire/xml.ts'
import { stsEndpoint } from './sts-endpoint.ts'
import { readRefusal, type StsRefusal, stsFailure } from './sts-failure.ts'

export interface StsCall {
  readonly action: string
  readonly params: QueryInput
  /** Absent: nobody signs, because the call brings a proof of its own. */
  readonly key?: SigningKey
  readonly target: Target
}

/**
 * Calls STS and gives the element with the result. Tries three times when AWS is out of reach or busy, but a call with
 * a one-time code only until it may have reached AWS. Throws a `Failure` with AWS's reason. See "Making query
 * requests" in the IAM User Guide.
 */
export async function callSts(
  host: Caller,
  call: StsCall,
  pause: (milliseconds: number) => Promise<void> = setTimeout,
): Promise<XmlElement> {
  const spendsCode = call.params.TokenCode !== undefined
  for (let attempt = 1; ; attempt++) {
    const outcome = await send(host, call)
    if (!('failure' in outcome)) return outcome
    const { failure, isPassing, isUnclear } = outcome
    if (spendsCode && isUnclear) throw maybeSpent(failure)
    if (!isPassing || attempt === mostAttempts) throw failure
    await pause(firstPause * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
  }
}

/** Who calls: over connections of its own, or by a fetch. */
export type Caller = Pick<Host, 'fetch' | 'now'> & { readonly post?: SendPost }

const mostAttempts = 3
const firstPause = 200
const patience = 20_000
const longest = 256 * 1024

interface Miss {
  readonly failure: Failure
  /** Whether the same call may succeed a moment later. */
  readonly isPassing: boolean
  /** Whether AWS may have acted on the call without our hearing of it. */
  readonly isUnclear: boolean
}

async function send(host: Caller, call: StsCall): Promise<XmlElement | Miss> {
  const { fetch, post = postBy(fetch) } = host
  const { url } = stsEndpoint(call.target)
  let answer: Posted
  try {
    answer = await post(postOf(call, host.now()))
  } catch (error) {
    if (error instanceof Failure && error.code !== 'network') throw error
    const reason = networkReason(error)
    const failure =
      error instanceof Failure
        ? error
        : new Failure('network', `STS at ${url.origin} could not be reached (${reason}).`, {
            hint: 'Check the network, the proxy and the endpoint, then run the command again.',
            cause: error,
          })
    return { failure, isPassing: true, isUnclear: !neverSent.has(reason) }
  }
  const root = parsed(answer.text)
  if (answer.status >= 200 && answer.status < 300) {
    const result = root?.name === `${call.action}Response` ? childOf(root, `${call.action}Result`) : undefined
    return result ?? { failure: strangeAnswer(url, answer), isPassing: false, isUnclear: true }
  }
  const refusal = readRefusal(root)
  if (answer.status === 429 || answer.status >= 500 || (refusal && passing.has(refusal.code)))
    return { failure: busy(url, answer, refusal), isPassing: true, isUnclear: true }
  if (!refusal) return { failure: strangeAnswer(url, answer), isPassing: false, isUnclear: true }
  const when = { now: host.now(), awsDate: answer.date }
  return { failure: stsFailure(refusal, call, when), isPassing: false, isUnclear: false }
}

function postOf({ action, params, key, target }: StsCall, now: Date): Post {
  const { url, region } = stsEndpoint(target)
  const body = encodeQuery({ Action: action, Version: '2011-06-15', ...params })
  const unsigned: WireRequest = {
    method: 'POST',
    target: url.pathname,
    headers: [
      ['Host', url.host],
      ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-8'],
    ],
  }
  const signed = key ? sign(unsigned, { body }, key, { region, service: 'sts' }, now) : unsigned
  const headers = signed.headers.filter(([name]) => name !== 'Host')
  return { url, headers: [['User-Agent', 'mayfly'], ...headers], body, patience, longest }
}

function parsed(text: string): XmlElement | undefined {
  try {
    return readXml(text)
  } catch {
    return undefined
  }
}

/** Reasons after which the call has certainly not left this machine, or not found AWS. */
const neverSent = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

/** The code of the system error at the bottom, which says most. */
function networkReason(error: unknown): string {
  let reason = 'no answer'
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    const code = 'code' in cause && !(cause instanceof Failure) ? cause.code : undefined
    if (typeof code === 'string' && /^[A-Z_]{2,60}$/.test(code)) reason = code
    else if (cause.name === 'TimeoutError') reason = `no answer in ${patience / 1000} seconds`
    else if (cause.message.startsWith('an answer of more')) reason = cause.message
  }
  return reason
}

const passing = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'RequestTimeout',
  'InternalFailure',
  'ServiceUnavailable',
])

const busy = (url: URL, answer: Posted, refusal: StsRefusal | undefined): Failure =>
  new Failure('network', `STS at ${url.origin} is busy (${refusal?.code ?? `HTTP ${answer.status}`}).`, {
    hint: 'Run the command again in a while.',
  })

const strangeAnswer = (url: URL, answer: Posted): Failure =>
  new Failure('aws-refused', `What answered at ${url.origin} (HTTP ${answer.status}) does not speak as STS does.`, {
    hint: 'Check endpoint_url, and whether a proxy or a login page of the network stands in between.',
  })

const maybeSpent = (failure: Failure): Failure =>
  new Failure(failure.code, `${failure.message} The MFA code may be spent.`, {
    hint: 'Each code works once: wait for the next one (up to 30 seconds), then run the command again.',
    cause: failure,
  })
