import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { FederationTokenSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { readIssued } from './issued.ts'
import type { Opener } from './source.ts'
import { callSts } from './sts-call.ts'

/**
 * A session under a name of its own, with what both the user of the permanent key and the session policy allow:
 * sts:GetFederationToken. Such a session calls no IAM, and of STS only GetCallerIdentity; without a session policy it
 * may do nothing at all, so that is refused (`config-invalid`) before anything is sent, as is what AWS would refuse.
 */
export const openFederationToken: Opener<FederationTokenSpec, Credentials> = (spec, host, openBase) => {
  const { base, name, duration, policy, policyArns, sts } = spec
  const broken = limits.find(([, keeps]) => !keeps(spec))
  if (broken) throw new Failure('config-invalid', `The session cannot be had: ${broken[0]}.`, { hint: broken[2] })
  return cached(spec, host, async () => {
    const key = await openBase(base)()
    const params = {
      Name: name,
      DurationSeconds: duration,
      Policy: policy,
      PolicyArns: policyArns?.length ? policyArns.map((arn) => ({ arn })) : undefined,
    }
    return readIssued(await callSts(host, { action: 'GetFederationToken', params, key, target: sts }), host.now())
  })
}

type Limit = readonly [rule: string, keeps: (spec: FederationTokenSpec) => boolean, hint: string]

const limits: readonly Limit[] = [
  [
    'the name has 2 to 32 letters, digits and _+=,.@-',
    ({ name }) => /^[\w+=,.@-]{2,32}$/.test(name),
    'Correct mayfly_federation_name in the profile.',
  ],
  [
    'it lasts from 900 to 129600 seconds',
    ({ duration }) => Number.isInteger(duration) && duration >= 900 && duration <= 129_600,
    'Correct mayfly_session_duration in the profile.',
  ],
  [
    'without a session policy it would be allowed nothing',
    ({ policy, policyArns = [] }) => policy !== undefined || policyArns.length > 0,
    'Add mayfly_policy or mayfly_policy_arns: a federated session may do what both the policy and the user allow.',
  ],
  ['at most ten policy ARNs', ({ policyArns = [] }) => policyArns.length <= 10, 'Pass fewer policies.'],
]
