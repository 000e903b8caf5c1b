import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Stack } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { compile, type Decider, parsePolicyValue } from '../../src/policy/index.ts'
import { MfaGatedUser } from './mfa-gated-user.ts'
import { mfaPolicy } from './mfa-policy.ts'

/** The policy as the stack has it, with what CloudFormation would put in place of its references. */
function synthesised(): unknown {
  const stack = new Stack()
  new MfaGatedUser(stack, 'User', { userName: 'ann' })
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
  return JSON.parse(JSON.stringify(policy?.Properties.PolicyDocument), (_, value) =>
    value?.Ref === 'AWS::Partition' ? 'aws' : (value?.['Fn::Join']?.[1].join('') ?? value),
  )
}

function parsed(document: unknown) {
  const read = parsePolicyValue(document, 'identity')
  if (!read.ok) assert.fail(JSON.stringify(read.faults))
  return read.document
}

const work = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }
const decider = compile({ identity: [parsed(synthesised()), parsed(work)] })
const own = 'arn:aws:iam::111122223333'

/** Without MFA in the request, with "false", with "true"; `path` is that of the user. */
const decide = (ask: Decider, action: string, resource: string, path = '/'): string[] =>
  [undefined, 'false', 'true'].map(
    (mfa) =>
      ask({
        principal: `${own}:user${path}ann`,
        action,
        resource,
        context: { 'aws:username': 'ann', ...(mfa === undefined ? {} : { 'aws:MultiFactorAuthPresent': mfa }) },
      }).outcome,
  )

const always = ['allowed', 'allowed', 'allowed']
const withMfa = ['explicitly-denied', 'explicitly-denied', 'allowed']
const table: readonly (readonly [action: string, resource: string, outcomes: readonly string[]])[] = [
  ['sts:GetSessionToken', '*', always],
  ['iam:CreateVirtualMFADevice', `${own}:mfa/ann`, always],
  ['iam:EnableMFADevice', `${own}:user/ann`, always],
  ['iam:ListMFADevices', `${own}:user/ann`, always],
  ['iam:ResyncMFADevice', `${own}:user/ann`, always],
  ['iam:GetUser', `${own}:user/ann`, always],
  ['s3:ListBucket', 'arn:aws:s3:::reports', withMfa],
]

for (const [action, resource, outcomes] of table)
  test(`${action} is decided as it must be without MFA, with MFA false, and with MFA`, () => {
    assert.deepEqual(decide(decider, action, resource), outcomes)
  })

test('what would take MFA off, or go around it, is denied without MFA', () => {
  for (const action of ['iam:DeactivateMFADevice', 'iam:ChangePassword', 'iam:CreateAccessKey'])
    assert.deepEqual(decide(decider, action, `${own}:user/ann`), withMfa, action)
  assert.deepEqual(decide(decider, 'sts:GetFederationToken', '*').slice(0, 2), withMfa.slice(0, 2))
})

test('an enrolment that broke off can be taken back, and another device takes MFA', () => {
  assert.deepEqual(decide(decider, 'iam:DeleteVirtualMFADevice', `${own}:mfa/ann`), always)
  assert.deepEqual(decide(decider, 'iam:CreateVirtualMFADevice', `${own}:mfa/ann-phone`), [
    'implicitly-denied',
    'implicitly-denied',
    'allowed',
  ])
})

test('nobody manages the user or the device of another', () => {
  const never = ['implicitly-denied', 'implicitly-denied', 'implicitly-denied']
  for (const [action, resource] of [
    ['iam:EnableMFADevice', 'user/bob'],
    ['iam:EnableMFADevice', 'user/anna'],
    ['iam:EnableMFADevice', 'user/people/ann'],
    ['iam:CreateVirtualMFADevice', 'mfa/anna'],
    ['iam:DeleteVirtualMFADevice', 'mfa/bob'],
  ] as const)
    assert.deepEqual(decide(decider, action, `${own}:${resource}`), never, `${action} ${resource}`)
})

test('users with a path enrol as well', () => {
  const ask = compile({ identity: [parsed(mfaPolicy({ path: '/people/' }))] })
  assert.deepEqual(decide(ask, 'iam:EnableMFADevice', `${own}:user/people/ann`, '/people/'), always)
})
