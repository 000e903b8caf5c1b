import { setTimeout } from 'node:timers/promises'
import type { Session } from '../../model/session.ts'
import type { Credentials } from '../../model/signing-key.ts'
import { readIssued } from '../../sources/issued.ts'
import { callSts } from '../../sources/sts-call.ts'
import { callIam } from '../aws/call-iam.ts'
import { AwsRefusal } from '../aws/send-signed.ts'
import type { BrokerParts } from '../broker.ts'
import type { Role } from '../config/broker-config.ts'

/**
 * A session that AWS cannot tell from the revoked one: the same role, session name and source identity, so the same
 * `aws:userid`. It may do nothing but be asked whether it is denied, and never leaves the broker. Undefined when the role
 * gives none.
 */
export async function canaryOf(
  { aws, now }: BrokerParts,
  session: Session,
  role: Role,
): Promise<Credentials | undefined> {
  const { region, endpoint, fetch } = aws
  const probing = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: probe.permission, Resource: '*' }] }
  const params = {
    RoleArn: role.arn,
    RoleSessionName: session.sessionName,
    SourceIdentity: session.sourceIdentity || undefined,
    ExternalId: role.externalId,
    DurationSeconds: 900,
    Policy: JSON.stringify(probing),
  }
  try {
    const target = { region, ...(endpoint === undefined ? {} : { endpoint }) }
    const result = await callSts({ fetch, now }, { action: 'AssumeRole', params, key: await aws.key(), target })
    return readIssued(result, now()).credentials
  } catch {
    return undefined
  }
}

/** A read that tells nothing and costs nothing. An explicit deny is told apart from a permission the role never had. */
const probe = { action: 'ListAccountAliases', permission: 'iam:ListAccountAliases' }

/** Whether AWS denies the canary explicitly now. */
export const isDenied = ({ aws, now }: BrokerParts, canary: Credentials): Promise<boolean> =>
  callIam(aws, { action: probe.action, params: {}, key: canary, now: now() }).then(
    () => false,
    (error) => error instanceof AwsRefusal && /explicit deny/i.test(error.message),
  )

/** Whether AWS came to deny the canary explicitly before `patience` (milliseconds) was over. */
export async function sings(parts: BrokerParts, canary: Credentials, patience: number): Promise<boolean> {
  const begun = performance.now()
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    if (await isDenied(parts, canary)) return true
    if (performance.now() - begun + pause > patience) return false
    await setTimeout(pause)
  }
}
