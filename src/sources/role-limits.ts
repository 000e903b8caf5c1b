import { parseArn } from '../model/arn.ts'
import { Failure } from '../model/failure.ts'
import type { AssumeRoleSpec } from '../model/source-spec.ts'
import { assertSerial } from './mfa-code.ts'

/** The longest session of a role that is assumed from another session, in seconds. */
export const longestChained = 3600

/**
 * Throws a `Failure` (`config-invalid`) for a spec AWS would refuse whatever its policies say, before anyone is asked
 * for a code. See "AssumeRole" in the AWS STS API Reference.
 */
export function assertAssumable(spec: AssumeRoleSpec): void {
  const broken = limits.find(([, keeps]) => !keeps(spec))
  if (broken) throw new Failure('config-invalid', `The role cannot be assumed: ${broken[0]}.`, { hint: broken[2] })
  if (spec.mfa) assertSerial(spec.mfa.serial)
}

/** The same for a role that is assumed with a proof instead of a key. */
export function assertSessionLimits(spec: SessionFields): void {
  assertAssumable({ ...spec, kind: 'assume-role', base: { kind: 'stored-key', accessKeyId: '' } })
}

type SessionFields = Pick<AssumeRoleSpec, 'roleArn' | 'sessionName' | 'duration' | 'policy' | 'policyArns' | 'sts'>

type Limit = readonly [rule: string, keeps: (spec: AssumeRoleSpec) => boolean, hint: string]

const matches = (text: string | undefined, form: RegExp): boolean => text === undefined || form.test(text)
const isChained = (spec: AssumeRoleSpec): boolean =>
  spec.base.kind !== 'stored-key' && spec.base.kind !== 'environment-key'
const tagKeys = ({ tags }: AssumeRoleSpec): string[] => Object.keys(tags ?? {})
const lowered = (keys: readonly string[]): Set<string> => new Set(keys.map((key) => key.toLowerCase()))
const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

const limits: readonly Limit[] = [
  ['what should be the ARN of a role is not one', ({ roleArn }) => isRole(roleArn), 'Correct role_arn in the profile.'],
  [
    'a session name has 2 to 64 letters, digits and _+=,.@-',
    ({ sessionName }) => matches(sessionName, /^[\w+=,.@-]{2,64}$/),
    'Correct role_session_name in the profile, or leave it out.',
  ],
  [
    'an external id has 2 to 1224 letters, digits and _+=,.@:/-',
    ({ externalId }) => matches(externalId, /^[\w+=,.@:/-]{2,1224}$/),
    'Correct external_id in the profile.',
  ],
  [
    'a source identity has 2 to 64 letters, digits and _+=,.@-, and does not begin with aws:',
    ({ sourceIdentity }) => matches(sourceIdentity, /^(?!aws:)[\w+=,.@-]{2,64}$/i),
    'Correct source_identity in the profile.',
  ],
  [
    'a session lasts from 900 to 43200 seconds',
    ({ duration: it }) => it === undefined || (Number.isInteger(it) && it >= 900 && it <= 43_200),
    'Correct duration_seconds in the profile.',
  ],
  [
    'from another session it can be had for an hour at most',
    (spec) => !isChained(spec) || (spec.duration ?? longestChained) <= longestChained,
    'Set duration_seconds in the profile to 3600 or less, or assume the role from the permanent key with MFA.',
  ],
  [
    'the session of a role cannot present an MFA device',
    ({ base, mfa }) => !mfa || base.kind !== 'assume-role',
    'Move mfa_serial to the profile at the start of the chain, the one that holds the key.',
  ],
  [
    'at most 50 session tags, of keys to 128 and values to 256 letters, digits, spaces and _.:/=+-@',
    (spec) =>
      tagKeys(spec).length <= 50 &&
      Object.entries(spec.tags ?? {}).every(
        ([key, value]) => key && key.length <= 128 && value.length <= 256 && tagText.test(key) && tagText.test(value),
      ),
    'Correct the session tags of the profile.',
  ],
  [
    'two session tags differ only in case',
    (spec) => lowered(tagKeys(spec)).size === tagKeys(spec).length,
    'Keep one of the session tags.',
  ],
  [
    'only tags that are passed can be transitive',
    (spec) => [...lowered(spec.transitiveTagKeys ?? [])].every((key) => lowered(tagKeys(spec)).has(key)),
    'Add the missing session tags, or leave their keys out of the transitive ones.',
  ],
  [
    'the session policy is not a JSON object',
    ({ policy }) => policy === undefined || isObject(policy),
    'Correct the session policy of the profile.',
  ],
  [
    'at most ten policy ARNs',
    ({ policyArns = [] }) => policyArns.length <= 10 && policyArns.every((arn) => parseArn(arn)?.service === 'iam'),
    'Correct the policy ARNs of the profile.',
  ],
]

function isRole(text: string): boolean {
  const arn = parseArn(text)
  return arn?.service === 'iam' && /^\d{12}$/.test(arn.account) && /^role\/[\x21-\x7e]+$/.test(arn.resource)
}

function isObject(json: string): boolean {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}
