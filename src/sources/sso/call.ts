import { setTimeout as pause } from 'node:timers/promises'
import type { Host } from '../../host/host.ts'
import { Failure } from '../../model/failure.ts'

export interface SsoCall {
  readonly url: string
  /** Sent as JSON by POST; absent: a GET. */
  readonly body?: Readonly<Record<string, unknown>>
  /** The access token, for the portal. */
  readonly token?: string
  /** Whether a second one does no harm: then a busy or unreachable service is asked three times. */
  readonly repeatable?: boolean
}

/** What was answered: the members of a JSON object; or a refusal, by the name of its exception. */
export type SsoAnswer =
  | { readonly ok: true; readonly members: ReadonlyMap<string, unknown> }
  | { readonly ok: false; readonly status: number; readonly code: string; readonly text: string }

const mostAttempts = 3
const patience = 20_000

/**
 * Calls a service of Identity Center, which are REST and unsigned. Throws a `Failure`: `network` when nothing answers
 * or it is busy, `aws-refused` when what answers is not AWS.
 */
export async function callSso(host: Pick<Host, 'fetch'>, call: SsoCall): Promise<SsoAnswer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(host, call)
    } catch (error) {
      const isPassing = error instanceof Failure && error.code === 'network'
      if (!isPassing || call.repeatable !== true || attempt === mostAttempts) throw error
    }
    await pause(200 * 2 ** (attempt - 1) * (0.5 + Math.random() / 2))
  }
}

async function send({ fetch }: Pick<Host, 'fetch'>, { url, body, token }: SsoCall): Promise<SsoAnswer> {
  const { origin } = new URL(url)
  const headers = new Headers({ 'User-Agent': 'mayfly', Accept: 'application/json' })
  if (body) headers.set('Content-Type', 'application/json')
  if (token !== undefined) headers.set('x-amz-sso_bearer_token', token)
  // A redirect would carry the token to a place nobody configured.
  const request = new Request(url, {
    ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
    headers,
    redirect: 'manual',
    signal: AbortSignal.timeout(patience),
  })
  let answer: Response
  let text: string
  try {
    answer = await fetch(request)
    text = await answer.text()
  } catch (error) {
    if (error instanceof Failure) throw error
    throw new Failure('network', `Identity Center at ${origin} could not be reached.`, {
      hint: 'Check the network, the proxy, sso_region and the endpoint, then run the command again.',
      cause: error,
    })
  }
  if (answer.status === 429 || answer.status >= 500)
    throw new Failure('network', `Identity Center at ${origin} is busy (HTTP ${answer.status}).`, {
      hint: 'Run the command again in a while.',
    })
  const members = membersIn(text)
  if (answer.ok && members) return { ok: true, members }
  const code = codeOf(answer, members)
  if (!answer.ok && code !== undefined)
    return { ok: false, status: answer.status, code, text: shownText(members) || code }
  throw new Failure('aws-refused', `What answered at ${origin} (HTTP ${answer.status}) is not Identity Center.`, {
    hint: 'Check sso_region and the endpoint, and whether a login page of the network stands in between.',
  })
}

function membersIn(text: string): ReadonlyMap<string, unknown> | undefined {
  if (text === '') return new Map()
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? new Map(Object.entries(value))
      : undefined
  } catch {
    return undefined
  }
}

/** The exception's name: from the header, else from the body, with what stands around it taken off. */
function codeOf(answer: Response, members: ReadonlyMap<string, unknown> | undefined): string | undefined {
  const named = answer.headers.get('x-amzn-errortype') ?? members?.get('__type') ?? members?.get('error')
  const code = typeof named === 'string' ? named.replace(/^.*#/, '').replace(/:.*$/, '') : ''
  return /^\w{1,80}$/.test(code) ? code : undefined
}

/** The service's own words, on one line. */
function shownText(members: ReadonlyMap<string, unknown> | undefined): string {
  const words = members?.get('error_description') ?? members?.get('message') ?? members?.get('Message')
  return typeof words === 'string'
    ? words
        .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
        .trim()
        .slice(0, 500)
    : ''
}

/** A text member, checked; undefined when it is not there or not of that form. */
export function textMember(
  members: ReadonlyMap<string, unknown>,
  name: string,
  form = /^[\x21-\x7e]{1,8192}$/,
): string | undefined {
  const value = members.get(name)
  return typeof value === 'string' && form.test(value) ? value : undefined
}

/** A number member above zero; undefined otherwise. */
export function numberMember(members: ReadonlyMap<string, unknown>, name: string): number | undefined {
  const value = members.get(name)
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}

/** The failure for an answer that lacks what it must have. Quotes nothing of it. */
export const strangeAnswer = (operation: string): Failure =>
  new Failure('aws-refused', `Identity Center's answer to ${operation} cannot be used.`, {
    hint: 'Check sso_region and the endpoint.',
  })
