import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explain } from './explain.ts'
import { parsePolicyValue } from './parse.ts'
import { renderExplanation } from './render-explanation.ts'

const parsed = parsePolicyValue(
  {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Read', Effect: 'Allow', Action: 's3:Get*', Resource: 'arn:aws:s3:::bkt/*' },
      {
        Sid: 'Gate',
        Effect: 'Deny',
        Action: '*',
        Resource: '*',
        Condition: { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
      },
    ],
  },
  'identity',
)
assert.ok(parsed.ok)
const policies = { identity: [parsed.document] }
const question = {
  principal: 'arn:aws:iam::111111111111:user/ann',
  action: 's3:PutObject',
  resource: 'arn:aws:s3:::bkt/a',
  context: { 'aws:MultiFactorAuthPresent': 'true' },
}

test('each part of each statement is asked by itself', () => {
  const [read, gate] = explain(policies, question).statements
  assert.deepEqual([read?.action, read?.resource, read?.matched], [false, true, false])
  assert.deepEqual(gate?.conditions, [
    { operator: 'BoolIfExists', key: 'aws:MultiFactorAuthPresent', wanted: ['false'], found: 'true', holds: false },
  ])
  const [, again] = explain(policies, { ...question, context: {} }).statements
  assert.equal(again?.conditions[0]?.found, undefined)
  assert.equal(again?.matched, true)
})

test('an explanation reads as lines', () => {
  assert.deepEqual(renderExplanation(explain(policies, question)), [
    'arn:aws:iam::111111111111:user/ann asks for s3:PutObject on arn:aws:s3:::bkt/a',
    'implicitly denied because no identity-based policy allows the s3:PutObject action',
    '  Allow identity[0].Statement[0] (Read): does not match',
    '        action      is not among "s3:Get*"',
    '  Deny  identity[0].Statement[1] (Gate): does not match',
    '        condition   BoolIfExists aws:MultiFactorAuthPresent wants "false"; the request has "true": fails',
  ])
})

test('nothing in a request can break a line of an explanation', () => {
  const evil = 'x\n\u001b[2Jallowed'
  const lines = renderExplanation(
    explain(policies, {
      ...question,
      principal: evil,
      resource: evil,
      context: { 'aws:MultiFactorAuthPresent': evil },
    }),
  )
  for (const line of lines) assert.doesNotMatch(line, /[\n\u001b]/)
})
