import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compile, type PolicyDocument, parsePolicy } from '../../policy/index.ts'
import { covers, intersectPatterns } from './intersect-patterns.ts'
import { intersectPolicies } from './intersect-policies.ts'

const letters = fc.constantFrom('a', 'b', '*', '?')
const pattern = fc.array(letters, { maxLength: 5 }).map((list) => list.join(''))
const word = fc.array(fc.constantFrom('a', 'b'), { maxLength: 6 }).map((list) => list.join(''))
const matches = (glob: string, text: string): boolean =>
  new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text)

test('a pattern that covers another matches whatever that one does', () => {
  fc.assert(
    fc.property(
      pattern,
      pattern,
      word,
      (wide, narrow, text) => !(covers(wide, narrow) && matches(narrow, text)) || matches(wide, text),
    ),
  )
  assert.equal(covers('a*', 'ab*'), true)
  assert.equal(covers('ab*', 'a*'), false)
})

test('the intersection of two patterns matches exactly what both do', () => {
  fc.assert(
    fc.property(pattern, pattern, word, (a, b, text) => {
      const both = intersectPatterns(a, b)
      return both === undefined || both.some((glob) => matches(glob, text)) === (matches(a, text) && matches(b, text))
    }),
    { numRuns: 2000 },
  )
  assert.deepEqual(intersectPatterns('s3:Get*', 's3:*'), ['s3:Get*'])
  assert.deepEqual(intersectPatterns('s3:*Tagging', 's3:Get*'), ['s3:Get*Tagging', ...[]])
  assert.deepEqual(intersectPatterns('s3:*', 'ec2:*'), [])
})

const action = fc.constantFrom('s3:*', 's3:Get*', 's3:GetObject', 's3:Put*', 's3:*Object', '*', 'ec2:Run*')
const resource = fc.constantFrom(
  '*',
  'arn:aws:s3:::box/*',
  'arn:aws:s3:::box/a',
  'arn:aws:s3:::other/*',
  'arn:aws:s3:::*/a',
)
const condition = fc.constantFrom(
  undefined,
  { StringEquals: { 'aws:username': 'ann' } },
  { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
)
const statement = fc.record({
  Effect: fc.constantFrom('Allow', 'Allow', 'Allow', 'Deny'),
  Action: fc.array(action, { minLength: 1, maxLength: 2 }),
  Resource: fc.array(resource, { minLength: 1, maxLength: 2 }),
  Condition: condition,
})
const policy = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((Statement) => JSON.stringify({ Version: '2012-10-17', Statement }))
const question = fc.record({
  action: fc.constantFrom('s3:GetObject', 's3:PutObject', 's3:GetBucketTagging', 'ec2:RunInstances'),
  resource: fc.constantFrom('arn:aws:s3:::box/a', 'arn:aws:s3:::box/b', 'arn:aws:s3:::other/a', '*'),
  mfa: fc.boolean(),
  name: fc.constantFrom('ann', 'bob'),
})

function documentOf(text: string): PolicyDocument {
  const parsed = parsePolicy(text, 'identity')
  assert.ok(parsed.ok, text)
  return parsed.document
}

test('what two policies together allow is what each of them allows', () => {
  fc.assert(
    fc.property(policy, policy, question, (a, b, { action: asked, resource: on, mfa, name }) => {
      const both = intersectPolicies(a, b)
      if (!both.ok) return true
      const allows = (text: string): boolean =>
        compile({ identity: [documentOf(text)] })({
          principal: 'arn:aws:iam::111122223333:user/ann',
          action: asked,
          resource: on,
          context: { 'aws:username': name, 'aws:MultiFactorAuthPresent': String(mfa) },
        }).outcome === 'allowed'
      return allows(both.policy) === (allows(a) && allows(b))
    }),
    { numRuns: 1000 },
  )
})

test('a request cannot widen the policy of its grant, whatever it is written with', () => {
  const grant = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::box/*' }],
  })
  const all = JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })
  const widened = intersectPolicies(grant, all)
  assert.ok(widened.ok)
  assert.deepEqual(JSON.parse(widened.policy).Statement, [
    { Effect: 'Allow', Action: ['s3:getobject'], Resource: ['arn:aws:s3:::box/*'] },
  ])
  const not = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
  })
  const refused = intersectPolicies(grant, not)
  assert.ok(!refused.ok)
  assert.match(refused.because, /NotAction/)
  const elsewhere = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ec2:*', Resource: '*' }],
  })
  const nothing = intersectPolicies(grant, elsewhere)
  assert.ok(nothing.ok)
  assert.deepEqual(JSON.parse(nothing.policy).Statement, [{ Effect: 'Deny', Action: '*', Resource: '*' }])
})

test('two statements of one Sid are no policy at AWS, so none has one', () => {
  const denying = (action: string): string =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'D', Effect: 'Deny', Action: action, Resource: '*' },
        { Sid: 'A', Effect: 'Allow', Action: 's3:*', Resource: '*' },
      ],
    })
  const both = intersectPolicies(denying('s3:PutObject'), denying('s3:DeleteObject'))
  assert.ok(both.ok)
  assert.doesNotMatch(both.policy, /Sid/)
  assert.equal(both.policy.match(/Deny/g)?.length, 2)
})

test('a policy that is written to be laborious is answered at once', () => {
  const policyOf = (Statement: readonly object[]): string => JSON.stringify({ Version: '2012-10-17', Statement })
  const Resource = Array.from({ length: 20 }, (_, place) => `arn:aws:s3:::company-bucket-number-${place}-of-many/*`)
  const grant = policyOf([{ Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource }])
  const allow = { Effect: 'Allow', Action: 's3:*', Resource: '*' }
  for (const laborious of [
    [{ ...allow, Resource: `arn:aws:s3:::${'*'.repeat(3900)}` }],
    [{ ...allow, Resource: `arn:aws:s3:::${'*?'.repeat(1950)}` }],
    [{ ...allow, Action: `s3:${'*'.repeat(3900)}` }],
    Array.from({ length: 70 }, () => allow),
  ]) {
    const begun = process.cpuUsage()
    intersectPolicies(grant, policyOf(laborious))
    const { user } = process.cpuUsage(begun)
    assert.ok(user < 500_000, `${user} µs`)
  }
  const wide = intersectPolicies(grant, policyOf([{ ...allow, Resource: 'arn:aws:s3:::**' }]))
  assert.deepEqual(wide.ok && JSON.parse(wide.policy).Statement[0].Resource, Resource)
})
