import type { SigningKey } from '../../model/signing-key.ts'
import { readIssued } from '../../sources/issued.ts'
import { callSts } from '../../sources/sts-call.ts'
import type { BrokerParts } from '../broker.ts'

/** Gives the key that administers an account: the broker's own, or a session of the role that a role's configuration names. */
export type KeyOf = (accountId: string) => Promise<SigningKey>

/** Milliseconds before its end in which a session is no longer begun with. */
const margin = 120_000

export function administers({ config, aws, now }: BrokerParts): KeyOf {
  const kept = new Map<string, { readonly key: SigningKey; readonly until: number }>()
  return async (accountId) => {
    const roleArn = Object.values(config().roles).find(
      (role) => role.accountId === accountId && role.administratorArn !== undefined,
    )?.administratorArn
    if (roleArn === undefined) return aws.key()
    const known = kept.get(roleArn)
    if (known && known.until > now().getTime()) return known.key
    const { region, endpoint, fetch } = aws
    const params = { RoleArn: roleArn, RoleSessionName: 'mayfly-broker', DurationSeconds: 3600 }
    const target = { region, ...(endpoint === undefined ? {} : { endpoint }) }
    const result = await callSts({ fetch, now }, { action: 'AssumeRole', params, key: await aws.key(), target })
    const { credentials } = readIssued(result, now())
    kept.set(roleArn, { key: credentials, until: credentials.expiration.getTime() - margin })
    return credentials
  }
}
