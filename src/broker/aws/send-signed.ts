import { Failure } from '../../model/failure.ts'
import type { SigningKey } from '../../model/signing-key.ts'
import { sign } from '../../wire/sigv4/sign.ts'
import type { BrokerAws } from '../broker.ts'

/** What AWS said no with. */
export class AwsRefusal extends Error {
  override readonly name = 'AwsRefusal'
  readonly code: string
  constructor(code: string, message: string) {
    super(message.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 1000))
    this.code = code
  }
}

export interface SignedPost {
  readonly url: URL
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly key: SigningKey
  readonly scope: { readonly region: string; readonly service: string }
  readonly now: Date
  readonly signal: AbortSignal
  /** As people know the service, for the failure. */
  readonly name: string
}

/** Signs and sends a POST, and gives what came. Follows no redirect. Rejects with a `Failure` of code `network`. */
export async function sendSigned(
  { fetch }: Pick<BrokerAws, 'fetch'>,
  { url, headers, body, key, scope, now, signal, name }: SignedPost,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const bare = { method: 'POST', target: url.pathname, headers: [['Host', url.host] as const, ...headers] }
  const sent = new Headers({ 'User-Agent': 'mayfly-broker' })
  for (const [header, value] of sign(bare, { body }, key, scope, now).headers)
    if (header !== 'Host') sent.set(header, value)
  try {
    const answer = await fetch(new Request(url, { method: 'POST', headers: sent, body, redirect: 'manual', signal }))
    return { ok: answer.ok, text: await answer.text() }
  } catch (cause) {
    throw new Failure('network', `${name} could not be reached.`, { cause })
  }
}
