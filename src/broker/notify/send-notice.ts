import type { Notify } from '../config/broker-config.ts'
import { readSecret } from '../read-secret.ts'
import type { Notice } from './notice.ts'
import { signedHeaders } from './sign-webhook.ts'

export interface Sending {
  readonly fetch: (request: Request) => Promise<Response>
  readonly now: () => Date
  /** Milliseconds. */
  readonly patience: number
  readonly signal: AbortSignal
}

/** What became of an attempt: whether it arrived, and whether it is worth another. */
export type Attempt = 'arrived' | { readonly because: string; readonly again: boolean }

/** Sends a notice once. A webhook without its secret is not sent. Never rejects. */
export async function sendNotice(to: Notify, notice: Notice, sending: Sending): Promise<Attempt> {
  let request: Request
  try {
    request = requestFor(to, notice, sending)
  } catch (error) {
    return { because: error instanceof Error ? error.message : String(error), again: false }
  }
  try {
    const answer = await sending.fetch(request)
    await answer.body?.cancel()
    if (answer.ok) return 'arrived'
    const again = answer.status >= 500 || answer.status === 429 || answer.status === 408
    return { because: `it answered with ${answer.status}`, again }
  } catch {
    // What a failed request says may hold its address, and that of a Slack hook is a secret.
    return { because: 'it was not reached', again: true }
  }
}

function requestFor(to: Notify, { id, kind, at, text, data }: Notice, { now, patience, signal }: Sending): Request {
  const body =
    to.kind === 'slack'
      ? JSON.stringify({ text: slackText(text) })
      : JSON.stringify({ type: kind, timestamp: at.toISOString(), data: { text, ...data } })
  const signed = to.kind === 'webhook' ? signedHeaders(secretOf(to), { id, at: now(), body }) : {}
  return new Request(to.url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'User-Agent': 'mayfly-broker', ...signed },
    body,
    // What is meant for one place is not carried to another.
    redirect: 'manual',
    signal: AbortSignal.any([AbortSignal.timeout(patience), signal]),
  })
}

function secretOf({ secretFile }: Notify): string {
  if (secretFile === undefined) throw new TypeError('it has no secretFile')
  return readSecret(secretFile, 'its secretFile')
}

const longestText = 3000

/** A text that Slack shows as it is: no mention, no link in disguise, one line. */
export const slackText = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .slice(0, longestText)
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
