import type { Session } from '../../model/session.ts'
import { callSts } from '../../sources/sts-call.ts'
import { textOf } from '../../wire/xml.ts'
import type { BrokerParts } from '../broker.ts'
import type { Use } from './read-record.ts'

/** Who the broker is at AWS: its key id, and its user id where AWS told it. */
export interface Own {
  readonly accessKeyId: string
  readonly userId: string
}

/** Tells who the broker is; AWS is asked once for each key. */
export function ownIdentity({ aws, now, log }: BrokerParts): () => Promise<Own> {
  let known: Own | undefined
  return async () => {
    const key = await aws.key()
    if (known?.accessKeyId === key.accessKeyId) return known
    const target = { region: aws.region, ...(aws.endpoint === undefined ? {} : { endpoint: aws.endpoint }) }
    const call = { action: 'GetCallerIdentity', params: {}, key, target }
    const userId = await callSts({ fetch: aws.fetch, now }, call).then(
      (result) => textOf(result, 'UserId') ?? '',
      (error) => {
        log('warn', 'the broker does not know who it is at AWS', { error: String(error) })
        return ''
      },
    )
    const own = { accessKeyId: key.accessKeyId, userId }
    if (userId !== '') known = own
    return own
  }
}

export const isOwn = (own: Own, caller: { readonly userId: string; readonly accessKeyId: string }): boolean =>
  (caller.accessKeyId !== '' && caller.accessKeyId === own.accessKeyId) ||
  (caller.userId !== '' && caller.userId === own.userId)

/**
 * Whether a call is of a canary: of a session that is like a revoked one but for its key, begun since, and of no other
 * kind than canaries make, which tells and changes nothing.
 */
export const isCanaryCall = (use: Use, like: Session): boolean =>
  use.call === 'iam:ListAccountAliases' &&
  like.state === 'revoked' &&
  like.userId === use.userId &&
  like.accessKeyId !== use.accessKeyId &&
  (use.startedAt ?? 0) >= Math.floor((like.revokedAt ?? Number.POSITIVE_INFINITY) / 1000) * 1000
