import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FailureCode } from '../model/failure.ts'
import { readXml, writeXml } from '../wire/xml.ts'
import type { StsCall } from './sts-call.ts'
import { readRefusal, stsFailure } from './sts-failure.ts'

const key = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' }
const call: StsCall = {
  action: 'AssumeRole',
  params: { SerialNumber: 'arn:aws:iam::111122223333:mfa/ann' },
  key,
  target: { region: 'us-east-1' },
}
const ofSession: StsCall = { ...call, key: { ...key, accessKeyId: 'ASIAIOSFODNN7EXAMPLE', sessionToken: 't' } }
const clocks = { now: new Date('2026-11-21T10:00:00Z'), awsDate: undefined }

const invalid = 'The security token included in the request is invalid.'
const cases: readonly (readonly [code: string, message: string, as: FailureCode, text: RegExp, hint: RegExp])[] = [
  [
    'AccessDenied',
    'MultiFactorAuthentication failed with invalid MFA one time pass code. ',
    'mfa-rejected',
    /MFA code/,
    /next one/,
  ],
  [
    'AccessDenied',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    ...(['mfa-rejected', /unable to validate/, /mfa_serial.*mfa\/ann/] as const),
  ],
  [
    'AccessDenied',
    'MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.',
    ...(['mfa-rejected', /must provide/, /mfa_serial/] as const),
  ],
  [
    'AccessDenied',
    'User: u is not authorized to perform: sts:AssumeRole on resource: r',
    'access-denied',
    /not authorized to perform/,
    /trust policy/,
  ],
  [
    'InvalidClientTokenId',
    invalid,
    'aws-refused',
    /AKIAIOSFODNN7EXAMPLE: it is inactive or deleted/,
    /mayfly keys list/,
  ],
  ['ExpiredToken', 'The security token included in the request is expired', 'credentials-expired', /expired/, /logout/],
  [
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match',
    'aws-refused',
    /secret kept for AKIA/,
    /keys forget/,
  ],
  ['SignatureDoesNotMatch', 'Signature not yet current: a is still later than b', 'aws-refused', /clock/, /time/],
  [
    'ValidationError',
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    ...(['aws-refused', /MaxSessionDuration/, /duration_seconds/] as const),
  ],
  [
    'ValidationError',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    ...(['aws-refused', /1 hour/, /duration_seconds to 3600/] as const),
  ],
  ['ValidationError', "Value 'a b' at 'roleSessionName' failed", 'aws-refused', /a b/, /role_session_name/],
  ['MalformedPolicyDocument', 'Syntax errors in policy.', 'policy-malformed', /Syntax/, /session policy/],
  ['PackedPolicyTooLarge', 'Packed policy consumes 112% of allotted space', 'aws-refused', /112%/, /Shorten/],
  ['RegionDisabledException', 'STS is not activated', 'aws-refused', /activated/, /region/],
]

for (const [code, message, as, text, hint] of cases)
  test(`${code} "${message.slice(0, 60)}" is told as ${as}`, () => {
    const failure = stsFailure({ code, message }, call, clocks)
    assert.equal(failure.code, as)
    assert.match(failure.message, text)
    assert.match(failure.hint ?? '', hint)
  })

test('what AWS no longer takes is told apart: a permanent key, or a session', () => {
  const failure = stsFailure({ code: 'InvalidClientTokenId', message: invalid }, ofSession, clocks)
  assert.match(failure.message, /session ASIAIOSFODNN7EXAMPLE/)
  assert.match(failure.hint ?? '', /mayfly logout/)
})

test('a refusal nobody foresaw is told in AWS’s words', () => {
  const failure = stsFailure({ code: 'NewException', message: 'Something new.' }, call, clocks)
  assert.deepEqual(
    [failure.code, failure.message],
    ['aws-refused', 'AWS refused AssumeRole: Something new. (NewException)'],
  )
})

test('words that could draw on a terminal or fill a log are tamed', () => {
  const document = (Code: string, Message: string) => readXml(writeXml('ErrorResponse', { Error: { Code, Message } }))
  assert.equal(readRefusal(document('A', 'one\n\u009b31m two\u202e'))?.message, 'one 31m two')
  assert.equal(readRefusal(document('A', 'x'.repeat(5000)))?.message.length, 1001)
  assert.equal(readRefusal(document('A\nB', 'm')), undefined)
  assert.equal(readRefusal(document('', 'm')), undefined)
  assert.equal(readRefusal(readXml('<Error><Code>A</Code></Error>')), undefined)
  assert.equal(readRefusal(undefined), undefined)
})
