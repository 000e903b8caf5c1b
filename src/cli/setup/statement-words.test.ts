import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statementWords } from './statement-words.ts'

const policy = (...Statement: readonly object[]): object => ({ Version: '2012-10-17', Statement })

test('a statement is told as a sentence: what, on what, and when', () => {
  const words = statementWords(
    policy(
      {
        Effect: 'Allow',
        Action: ['iam:GetUser', 'iam:ListMFADevices', 'iam:EnableMFADevice'],
        Resource: 'arn:aws:iam::*:user/ann',
      },
      {
        Effect: 'Deny',
        NotAction: 'sts:GetSessionToken',
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ),
    'identity',
  )
  assert.deepEqual(words, [
    'allows iam:GetUser, iam:ListMFADevices and iam:EnableMFADevice on arn:aws:iam::*:user/ann',
    'denies everything but sts:GetSessionToken on everything when aws:MultiFactorAuthPresent is false or absent',
  ])
})

test('of a trust policy it is told who gets the role', () => {
  const trust = (Principal: unknown, Condition = {}): readonly string[] =>
    statementWords(policy({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole', Condition }), 'trust')
  const mfa = {
    Bool: { 'aws:MultiFactorAuthPresent': 'true' },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    StringLike: { 'sts:RoleSessionName': '${aws:username}' },
  }
  assert.deepEqual(trust({ AWS: 'arn:aws:iam::111122223333:root' }, mfa), [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
    'allows whoever the policies of the account 111122223333 let sts:AssumeRole when aws:MultiFactorAuthPresent is true and sts:RoleSessionName is like ${aws:username}',
  ])
  assert.deepEqual(trust({ AWS: 'arn:aws:iam::111122223333:user/ann' }), [
    'allows arn:aws:iam::111122223333:user/ann sts:AssumeRole',
  ])
  assert.deepEqual(trust('*'), ['allows everybody sts:AssumeRole'])
})

test('an operator without words of its own is named, and what is no policy is shown as it is', () => {
  const strange = { 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a', 'b'] } }
  assert.deepEqual(
    statementWords(policy({ Effect: 'Allow', Action: '*', Resource: '*', Condition: strange }), 'identity'),
    ['allows everything on everything when aws:TagKeys ForAnyValue:StringEquals a or b'],
  )
  assert.deepEqual(statementWords({ Statement: 7 }, 'identity'), ['{"Statement":7}'])
})
