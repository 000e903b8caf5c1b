import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPublicPolicy } from './public-policy.ts'

const policy = (more: object, Effect = 'Allow'): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect, Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket/*', ...more }],
  })
const everyone = { Principal: '*' }

test('who allows everyone is public, however it is spelt', () => {
  assert.ok(isPublicPolicy(policy(everyone)))
  assert.ok(isPublicPolicy(policy({ Principal: { AWS: '*' } })))
  assert.ok(isPublicPolicy(policy({ ...everyone, Condition: { StringLike: { 'aws:UserAgent': 'x' } } })))
})

test('who names whom it allows is not', () => {
  assert.ok(!isPublicPolicy(policy({ Principal: { AWS: '111122223333' } })))
  assert.ok(!isPublicPolicy(policy(everyone, 'Deny')))
})

test('a condition on fixed values narrows everyone down, one that is open does not', () => {
  const when = (operator: string, key: string, value: string) =>
    isPublicPolicy(policy({ ...everyone, Condition: { [operator]: { [key]: value } } }))
  assert.ok(!when('StringEquals', 'aws:SourceVpc', 'vpc-1'))
  assert.ok(when('StringLike', 'aws:SourceVpc', 'vpc-*'))
  assert.ok(when('StringNotEquals', 'aws:SourceVpc', 'vpc-1'))
  assert.ok(when('StringEqualsIfExists', 'aws:SourceVpc', 'vpc-1'))
  assert.ok(!when('IpAddress', 'aws:SourceIp', '203.0.113.0/24'))
  assert.ok(when('IpAddress', 'aws:SourceIp', '0.0.0.0/0'))
  assert.ok(when('IpAddress', 'aws:SourceIp', '128.0.0.0/1'))
  assert.ok(when('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'))
  assert.ok(!when('StringLike', 'aws:userid', 'AROAEXAMPLEID1234:*'))
  assert.ok(when('StringLike', 'aws:userid', '*'))
})
