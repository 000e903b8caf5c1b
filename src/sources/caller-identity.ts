import type { Host } from '../host/host.ts'
import { Failure } from '../model/failure.ts'
import type { SigningKey } from '../model/signing-key.ts'
import type { Target } from '../model/source-spec.ts'
import { textOf } from '../wire/xml.ts'
import { callSts } from './sts-call.ts'

/** Who AWS says a key is. */
export interface CallerIdentity {
  readonly account: string
  readonly arn: string
  readonly userId: string
}

/** sts:GetCallerIdentity, which needs no permission and cannot be denied. Throws a `Failure` with AWS's reason. */
export async function callerIdentity(
  host: Pick<Host, 'fetch' | 'now'>,
  key: SigningKey,
  target: Target,
): Promise<CallerIdentity> {
  const result = await callSts(host, { action: 'GetCallerIdentity', params: {}, key, target })
  const account = textOf(result, 'Account')
  const arn = textOf(result, 'Arn')
  const userId = textOf(result, 'UserId')
  if (account === undefined || arn === undefined || userId === undefined)
    throw new Failure('aws-refused', 'STS answered who the caller is with a part missing.')
  return { account, arn, userId }
}
