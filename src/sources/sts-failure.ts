import { Failure, type FailureCode } from '../model/failure.ts'
import { textOf, type XmlElement } from '../wire/xml.ts'
import type { StsCall } from './sts-call.ts'

/** STS's own words. */
export interface StsRefusal {
  readonly code: string
  readonly message: string
}

/** The refusal in an error document, made safe to print; undefined when it is not STS's. */
export function readRefusal(root: XmlElement | undefined): StsRefusal | undefined {
  const code = root?.name === 'ErrorResponse' ? textOf(root, 'Error', 'Code') : undefined
  if (code === undefined || !/^[\w.:-]{1,128}$/.test(code)) return undefined
  const message = (textOf(root, 'Error', 'Message') ?? '').replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return { code, message: message.length > 1000 ? `${message.slice(0, 1000)}…` : message }
}

/** The clocks when the answer came: ours, and the `Date` header of AWS's. */
export interface Clocks {
  readonly now: Date
  readonly awsDate: string | undefined
}

/** What to tell of a refusal: a code to branch on, AWS's reason, and what to do. */
export function stsFailure({ code, message }: StsRefusal, call: StsCall, clocks: Clocks): Failure {
  const fail = (as: FailureCode, text: string, hint?: string): Failure =>
    new Failure(as, text, hint === undefined ? {} : { hint })
  const said = `AWS refused ${call.action}: ${message || code}`
  if (call.key === undefined) return proofFailure({ code, message }, said)
  const { accessKeyId, sessionToken } = call.key
  switch (code) {
    case 'AccessDenied':
    case 'AccessDeniedException':
      if (/MultiFactorAuthentication failed with invalid MFA/i.test(message))
        return fail('mfa-rejected', 'AWS did not take the MFA code.', retype)
      if (/MultiFactorAuthentication failed/i.test(message)) return fail('mfa-rejected', said, checkSerial(call))
      return fail('access-denied', said, call.action === 'AssumeRole' ? checkTrust : undefined)
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
    case 'InvalidAccessKeyId':
      return sessionToken === undefined
        ? fail('aws-refused', `AWS does not know the key ${accessKeyId}: it is inactive or deleted.`, listKeys)
        : fail('aws-refused', `AWS no longer takes the session ${accessKeyId}.`, startAnew)
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return fail('credentials-expired', `The session ${accessKeyId} has expired, says AWS.`, startAnew)
    case 'SignatureDoesNotMatch':
    case 'InvalidSignatureException':
    case 'RequestExpired':
      if (/expired|not yet current/i.test(message)) return fail('aws-refused', clockText(clocks), setClock)
      return fail('aws-refused', `The secret kept for ${accessKeyId} is not the one AWS has.`, importAgain(accessKeyId))
    case 'ValidationError':
      return fail('aws-refused', said, hintFor(message))
    case 'MalformedPolicyDocument':
      return fail('policy-malformed', said, 'Correct the session policy of the profile.')
    case 'PackedPolicyTooLarge':
      return fail('aws-refused', said, 'Shorten the session policy, or pass fewer policy ARNs and session tags.')
    case 'RegionDisabledException':
      return fail('aws-refused', said, "Use another region, or activate STS in this one in the account's IAM settings.")
    default:
      return fail('aws-refused', message ? `${said} (${code})` : said)
  }
}

/** A refusal of a call that nobody signed: what it brought instead was not good enough. */
function proofFailure({ code, message }: StsRefusal, said: string): Failure {
  switch (code) {
    case 'AccessDenied':
    case 'AccessDeniedException':
      return new Failure('access-denied', said, {
        hint: "Check that the role's trust policy names the identity provider, and its conditions.",
      })
    case 'InvalidIdentityToken':
    case 'IDPRejectedClaim':
      return new Failure('access-denied', `${said} (${code})`, {
        hint: "Check the identity provider in the role's account: its URL or metadata, and its audiences.",
      })
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return new Failure('login-needed', said, { hint: 'Sign in again: such a proof is good for a short time only.' })
    case 'ValidationError': {
      const hint = hintFor(message)
      return new Failure('aws-refused', said, hint === undefined ? {} : { hint })
    }
    default:
      return new Failure('aws-refused', message ? `${said} (${code})` : said)
  }
}

const retype =
  "Each code works once: wait for the next one and try again. If that fails too, check the clock of the authenticator's device."
const checkTrust =
  "Check that the role's trust policy names you, and its conditions (MFA, external id, source identity)."
const listKeys = 'mayfly keys list'
const startAnew = 'mayfly logout PROFILE, then run the command again'
const setClock = 'Set this machine to network time, then run the command again.'

const checkSerial = ({ params }: StsCall): string =>
  typeof params.SerialNumber === 'string'
    ? `Check mfa_serial in the profile: ${params.SerialNumber} must be a device of the user who calls.`
    : 'Set mfa_serial in the profile to the ARN of your MFA device.'

const importAgain = (accessKeyId: string): string =>
  `mayfly keys forget ${accessKeyId}, then mayfly keys import PROFILE with the right secret`

/** Which key of the profile a validation error is about. */
const profileKeys: readonly (readonly [RegExp, string])[] = [
  [/1 hour session limit/i, 'Roles assumed from another session last an hour at most: set duration_seconds to 3600.'],
  [/MaxSessionDuration/, "Lower duration_seconds in the profile, or raise the role's maximum session duration."],
  [/durationSeconds/i, 'Correct duration_seconds in the profile.'],
  [/roleSessionName/i, 'Correct role_session_name in the profile.'],
  [/roleArn/i, 'Correct role_arn in the profile.'],
  [/externalId/i, 'Correct external_id in the profile.'],
  [/sourceIdentity/i, 'Correct source_identity in the profile.'],
  [/serialNumber/i, 'Correct mfa_serial in the profile.'],
  [/tag/i, 'Correct the session tags of the profile.'],
]

const hintFor = (message: string): string | undefined => profileKeys.find(([about]) => about.test(message))?.[1]

function clockText({ now, awsDate }: Clocks): string {
  const ahead = now.getTime() - Date.parse(awsDate ?? '')
  const minutes = Math.round(Math.abs(ahead) / 60_000)
  if (!(minutes >= 1)) return "AWS refused the signature's time: this machine's clock is wrong."
  const howMuch = minutes < 120 ? `${minutes} minute${minutes === 1 ? '' : 's'}` : `${Math.round(minutes / 60)} hours`
  return `AWS refused the signature's time: this machine's clock is ${howMuch} ${ahead < 0 ? 'behind' : 'ahead of'} AWS.`
}
