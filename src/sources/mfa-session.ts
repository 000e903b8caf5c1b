import { Failure } from '../model/failure.ts'
import type { Credentials } from '../model/signing-key.ts'
import type { MfaSessionSpec } from '../model/source-spec.ts'
import { cached } from './cached.ts'
import { readIssued } from './issued.ts'
import { assertSerial, mfaProof } from './mfa-code.ts'
import type { Opener } from './source.ts'
import { callSts } from './sts-call.ts'

/**
 * The same user for a while, with MFA when the spec says so: sts:GetSessionToken. What such a session may not call is
 * told in "GetSessionToken" of the AWS STS API Reference. Throws a `Failure` (`config-invalid`) for a spec that AWS
 * would refuse.
 */
export const openMfaSession: Opener<MfaSessionSpec, Credentials> = (spec, host, openBase) => {
  const { base, mfa, duration, sts } = spec
  if (mfa) assertSerial(mfa.serial)
  if (!Number.isInteger(duration) || duration < 900 || duration > 129_600)
    throw new Failure('config-invalid', `A session of ${duration} seconds is not to be had.`, {
      hint: 'Set mayfly_session_duration in the profile to 900 up to 129600 (36 hours).',
    })
  return cached(spec, host, async () => {
    // The key first: when it is missing, nobody should have been asked for a code.
    const key = await openBase(base)()
    const proof = mfa ? await mfaProof(mfa, host) : undefined
    const params = { DurationSeconds: duration, ...proof }
    return readIssued(await callSts(host, { action: 'GetSessionToken', params, key, target: sts }), host.now())
  })
}
