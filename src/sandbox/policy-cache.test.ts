import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PolicyTexts, policyCache } from './policy-cache.ts'
import { account, allow } from './stage.test.ts'

const question = {
  principal: `arn:aws:iam::${account}:user/ann`,
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::bucket/key',
  context: {},
}

test('the same policies are compiled once, others anew', () => {
  const deciderOf = policyCache()
  const texts: PolicyTexts = { identity: [allow('s3:*', '*')] }
  assert.equal(deciderOf(texts), deciderOf({ identity: [allow('s3:*', '*')] }))
  assert.notEqual(deciderOf(texts), deciderOf({ identity: [allow('iam:*', '*')] }))
})

test('where a policy stands is not mixed up', () => {
  const deciderOf = policyCache()
  const all = allow('*', '*')
  const outcome = (texts: PolicyTexts) => deciderOf(texts)(question).outcome
  assert.equal(outcome({ identity: [all] }), 'allowed')
  assert.equal(outcome({ identity: [], boundary: [all] }), 'implicitly-denied')
  assert.equal(outcome({ identity: [all], boundary: [] }), 'implicitly-denied')
  assert.equal(outcome({ identity: [all], session: [] }), 'implicitly-denied')
  assert.equal(outcome({ identity: [all], scp: [] }), 'allowed')
  assert.equal(outcome({ identity: [all], scp: [[]] }), 'implicitly-denied')
  assert.equal(outcome({ identity: [all], scp: [[all], []] }), 'implicitly-denied')
  assert.equal(outcome({ identity: [all], scp: [[all, all]] }), 'allowed')
})

test('a policy that cannot be read denies', () => {
  assert.equal(policyCache()({ identity: [allow('*', '*'), '{'] })(question).outcome, 'explicitly-denied')
})

test('a flood of policies does not stay in memory, and is decided rightly still', () => {
  const deciderOf = policyCache()
  for (let n = 0; n < 3000; n++) deciderOf({ identity: [allow('s3:*', `arn:aws:s3:::b${n}/*`)] })
  assert.equal(deciderOf({ identity: [allow('s3:*', 'arn:aws:s3:::bucket/*')] })(question).outcome, 'allowed')
  assert.equal(deciderOf({ identity: [allow('s3:*', 'arn:aws:s3:::b2999/*')] })(question).outcome, 'implicitly-denied')
})
