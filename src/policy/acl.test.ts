import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AclGrant, policyOfAcl } from './acl.ts'
import { compile } from './compile.ts'

const bucket = 'arn:aws:s3:::bkt'
const allowed = (grants: readonly AclGrant[], on: string, principal: string, action: string, resource = on) =>
  compile({ identity: [], resource: policyOfAcl(grants, on) })({
    principal,
    action,
    resource,
    context: principal === '*' ? {} : { 'aws:PrincipalAccount': '111111111111' },
  }).outcome === 'allowed'

test('a public object is read by anyone and written by no one', () => {
  const grants: readonly AclGrant[] = [
    { grantee: { group: 'http://acs.amazonaws.com/groups/global/AllUsers' }, permission: 'READ' },
  ]
  assert.equal(allowed(grants, `${bucket}/a`, '*', 's3:GetObject'), true)
  assert.equal(allowed(grants, `${bucket}/a`, '*', 's3:PutObject'), false)
  assert.equal(allowed(grants, `${bucket}/a`, '*', 's3:GetObjectAcl'), false)
})

test('authenticated users are those with an account', () => {
  const grants: readonly AclGrant[] = [{ grantee: { group: 'AuthenticatedUsers' }, permission: 'READ' }]
  assert.equal(allowed(grants, bucket, 'arn:aws:iam::111111111111:user/ann', 's3:ListBucket'), true)
  assert.equal(allowed(grants, bucket, '*', 's3:ListBucket'), false)
})

test('a grant to an account leaves the choice to its own policies', () => {
  const resource = policyOfAcl([{ grantee: { account: '111111111111' }, permission: 'FULL_CONTROL' }], bucket)
  const identity = [
    { version: '2012-10-17', statements: [{ effect: 'Allow', action: ['s3:*'], resource: ['*'], conditions: [] }] },
  ] as const
  const question = {
    principal: 'arn:aws:iam::111111111111:user/ann',
    action: 's3:PutObject',
    resource: `${bucket}/a`,
    resourceAccount: '222222222222',
    context: {},
  }
  assert.equal(compile({ identity, resource })(question).outcome, 'allowed')
  assert.equal(compile({ identity: [], resource })(question).silent, 'identity')
  assert.equal(compile({ identity })(question).silent, 'resource')
})

test('logs are delivered by their service, and a group S3 does not know grants nothing', () => {
  assert.equal(
    allowed(
      [{ grantee: { group: 'LogDelivery' }, permission: 'WRITE' }],
      bucket,
      'logging.s3.amazonaws.com',
      's3:PutObject',
      `${bucket}/log`,
    ),
    true,
  )
  assert.deepEqual(policyOfAcl([{ grantee: { group: 'Everyone' }, permission: 'READ' }], bucket).statements, [])
})

test('a star in the key of an object is only a star', () => {
  const grants: readonly AclGrant[] = [{ grantee: { group: 'AllUsers' }, permission: 'READ' }]
  assert.equal(allowed(grants, `${bucket}/*`, '*', 's3:GetObject'), true)
  assert.equal(allowed(grants, `${bucket}/*`, '*', 's3:GetObject', `${bucket}/secret`), false)
})
