import { createHmac } from 'node:crypto'

export interface WebhookMessage {
  readonly id: string
  readonly at: Date
  readonly body: string
}

/**
 * The headers by which a receiver knows that a webhook is ours, whole and new: the "Standard Webhooks" specification,
 * symmetric signatures. `secrets` is the text of a file: a key a line, `whsec_` and base64 or any text, so that a key
 * can be changed while both count. Throws a RangeError when there is no key of 16 bytes at least.
 */
export function signedHeaders(
  secrets: string,
  { id, at, body }: WebhookMessage,
): Readonly<Record<`webhook-${string}`, string>> {
  const keys = secrets
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(keyOf)
  if (keys.length === 0 || keys.some((key) => key.length < shortestKey))
    throw new RangeError(`the secret of a webhook has ${shortestKey} bytes at least`)
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const signatures = keys.map(
    (key) => `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  )
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') }
}

const shortestKey = 16

const keyOf = (line: string): Buffer =>
  line.startsWith('whsec_') ? Buffer.from(line.slice('whsec_'.length), 'base64') : Buffer.from(line)
