import { postBy } from '../../host/post.ts'
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
  /** Milliseconds to wait for the whole of the answer. */
  readonly patience: number
  readonly signal?: AbortSignal | undefined
  /** As people know the service, for the failure. */
  readonly name: string
}

/** Signs and sends a POST, and gives what came. Follows no redirect. Rejects with a `Failure` of code `network`. */
export async function sendSigned(
  { fetch, post = postBy(fetch) }: Pick<BrokerAws, 'fetch' | 'post'>,
  { url, headers, body, key, scope, now, patience, signal, name }: SignedPost,
): Promise<{ readonly ok: boolean; readonly text: string }> {
  const bare = { method: 'POST', target: url.pathname, headers: [['Host', url.host] as const, ...headers] }
  const signed = sign(bare, { body }, key, scope, now).headers.filter(([header]) => header !== 'Host')
  const sent = [['User-Agent', 'mayfly-broker'] as const, ...signed]
  try {
    const { status, text } = await post({ url, headers: sent, body, patience, ...(signal ? { signal } : {}) })
    return { ok: status >= 200 && status < 300, text }
  } catch (cause) {
    throw new Failure('network', `${name} could not be reached.`, { cause })
  }
}
