import type { Credentials, SigningKey } from '../model/signing-key.ts'
import type { AssumeRoleSpec, SourceSpec } from '../model/source-spec.ts'
import type { QueryInput } from '../wire/query.ts'
import { cached } from './cached.ts'
import { endedBy, readIssued } from './issued.ts'
import { mfaProof } from './mfa-code.ts'
import { assertAssumable, longestChained } from './role-limits.ts'
import type { Opener } from './source.ts'
import { callSts } from './sts-call.ts'

/**
 * A role, assumed from a permanent key (where MFA can be presented, and sessions last up to twelve hours) or from
 * another session (an hour at most, and never longer than that session): sts:AssumeRole. Throws a `Failure`
 * (`config-invalid`) for a spec that AWS would refuse.
 */
export const openAssumeRole: Opener<AssumeRoleSpec, Credentials> = (spec, host, openBase) => {
  assertAssumable(spec)
  const base = openBase(spec.base)
  return cached(spec, host, async () => {
    const key = await base()
    const end = endOf(key)
    const proof = spec.mfa ? await mfaProof(spec.mfa, host) : undefined
    const now = host.now()
    const params = { ...roleParams(spec, now, end), ...proof }
    const result = await callSts(host, { action: 'AssumeRole', params, key, target: spec.sts })
    return endedBy(readIssued(result, host.now()), end)
  })
}

/** When a base ends; undefined for a permanent key. */
const endOf = (key: SigningKey): Date | undefined =>
  'expiration' in key && key.expiration instanceof Date ? key.expiration : undefined

function roleParams(spec: AssumeRoleSpec, now: Date, end: Date | undefined): QueryInput {
  const { tags, transitiveTagKeys, policyArns } = spec
  return {
    RoleArn: spec.roleArn,
    RoleSessionName: spec.sessionName ?? defaultSessionName(spec, now),
    DurationSeconds: durationWithin(spec.duration, now, end),
    ExternalId: spec.externalId,
    SourceIdentity: spec.sourceIdentity,
    Policy: spec.policy,
    PolicyArns: policyArns?.length ? policyArns.map((arn) => ({ arn })) : undefined,
    Tags:
      tags && Object.keys(tags).length > 0 ? Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) : undefined,
    TransitiveTagKeys: transitiveTagKeys?.length ? transitiveTagKeys : undefined,
  }
}

/** Asks AWS itself for no more than the base has left, as far down as AWS goes (900 seconds). */
function durationWithin(wanted: number | undefined, now: Date, end: Date | undefined): number | undefined {
  if (!end) return wanted
  const left = Math.max(900, Math.floor((end.getTime() - now.getTime()) / 1000))
  return left < (wanted ?? longestChained) ? left : wanted
}

/**
 * What CloudTrail shows where the profile names nothing: the source identity, else the name of the MFA device (most
 * often the user's), else the permanent key (or the kind of source) at the start of the chain; and the second, to tell
 * sessions apart.
 */
function defaultSessionName(spec: AssumeRoleSpec, now: Date): string {
  const second = Math.floor(now.getTime() / 1000)
  const who = (spec.sourceIdentity ?? personOf(spec)).replace(/[^\w+=,.@-]/g, '-').slice(0, 40)
  return `mayfly-${who}-${second}`
}

function personOf(spec: SourceSpec): string {
  if (spec.kind === 'stored-key' || spec.kind === 'environment-key') return spec.accessKeyId
  if (!('base' in spec) || spec.kind === 'federation-token') return spec.kind
  const device = /:mfa\/(?:.*\/)?([^/]+)$/.exec(spec.mfa?.serial ?? '')?.[1]
  return device ?? personOf(spec.base)
}
