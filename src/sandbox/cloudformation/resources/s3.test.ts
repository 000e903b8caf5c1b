import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Properties } from '../resource-type.ts'
import { existing, refusedWith, resourceStage, typeOf } from './stage.test.ts'

async function bucketStage(t: Parameters<typeof resourceStage>[0]) {
  const stage = await resourceStage(t)
  const read = async (target: string): Promise<string> =>
    String((await stage.inner.request('s3', { method: 'GET', target: `/${target}` })).body)
  return { ...stage, read, bucket: typeOf('AWS::S3::Bucket'), policy: typeOf('AWS::S3::BucketPolicy') }
}

/** As `cdk bootstrap` has it. */
const staging: Properties = {
  BucketName: 'assets',
  AccessControl: 'Private',
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
  },
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: 'true',
  },
  VersioningConfiguration: { Status: 'Enabled' },
  LifecycleConfiguration: {
    Rules: [
      { Id: 'old', Status: 'Enabled', NoncurrentVersionExpiration: { NoncurrentDays: 30 } },
      {
        Status: 'Enabled',
        Prefix: 'logs/',
        TagFilters: [{ Key: 'a', Value: 'b' }],
        ExpirationInDays: 9,
        Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 3 }],
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
    ],
  },
}

test('the bucket of the bootstrap template has what the template says, and changes in place', async (t) => {
  const { cloud, at, read, bucket } = await bucketStage(t)
  const made = await bucket.create(staging, at)
  assert.deepEqual(made.attributes, {
    Arn: 'arn:aws:s3:::assets',
    DomainName: 'assets.s3.amazonaws.com',
    DualStackDomainName: `assets.s3.dualstack.${at.region}.amazonaws.com`,
    RegionalDomainName: `assets.s3.${at.region}.amazonaws.com`,
    WebsiteURL: `http://assets.s3-website-${at.region}.amazonaws.com`,
  })
  assert.deepEqual(cloud.buckets.get('assets')?.tags, { team: 'blue' })
  assert.match(await read('assets?encryption'), /<SSEAlgorithm>aws:kms<\/SSEAlgorithm>/)
  assert.match(await read('assets?versioning'), /<Status>Enabled<\/Status>/)
  const lifecycle = await read('assets?lifecycle')
  assert.match(lifecycle, /<ID>old<\/ID>/)
  assert.match(lifecycle, /<NoncurrentVersionExpiration><NoncurrentDays>30</)
  assert.match(lifecycle, /<And><Prefix>logs\/<\/Prefix><Tag><Key>a<\/Key><Value>b<\/Value><\/Tag><\/And>/)
  assert.match(lifecycle, /<Transition><StorageClass>GLACIER<\/StorageClass><Days>3<\/Days><\/Transition>/)
  assert.match(lifecycle, /<Expiration><Days>9<\/Days><\/Expiration>/)

  const second = {
    BucketName: 'assets',
    OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' }] },
    LoggingConfiguration: { DestinationBucketName: 'assets' },
    Tags: [{ Key: 'kind', Value: 'assets' }],
  }
  await bucket.update(second, existing(made, staging), at)
  assert.match(await read('assets?encryption'), /AES256/)
  assert.match(await read('assets?versioning'), /Suspended/)
  assert.match(await read('assets?ownershipControls'), /BucketOwnerPreferred/)
  assert.match(await read('assets?logging'), /<TargetBucket>assets<\/TargetBucket><TargetPrefix\/>/)
  await refusedWith(read('assets?lifecycle'), 'NoSuchLifecycleConfiguration')
  assert.deepEqual(cloud.buckets.get('assets')?.tags, { team: 'blue', kind: 'assets' })
  assert.deepEqual(bucket.replacedBy, ['BucketName'])
  await bucket.remove(existing(made, second), at)
  assert.equal(cloud.buckets.get('assets'), undefined)
  await bucket.remove(existing(made, second), at)
})

test('a bucket that is there is not taken over, and one with objects is not removed', async (t) => {
  const { cloud, at, inner, nobody, without, bucket } = await bucketStage(t)
  await refusedWith(bucket.create({}, without(nobody)), 'AccessDenied', /s3:CreateBucket/)
  const made = await bucket.create({}, at)
  assert.match(made.id, /^stack-thing-\d$/)
  await refusedWith(bucket.create({ BucketName: made.id }, at), 'BucketAlreadyExists', /already exists$/)
  await inner.request('s3', {
    method: 'PUT',
    target: `/${made.id}/key`,
    headers: { 'Content-Length': '4' },
    body: 'text',
  })
  await refusedWith(bucket.remove(existing(made, {}), at), 'BucketNotEmpty')
  await inner.request('s3', { method: 'DELETE', target: `/${made.id}/key` })
  await bucket.remove(existing(made, {}), at)
  const broken = { BucketName: 'broken', VersioningConfiguration: { Status: 'On' } }
  await refusedWith(bucket.create(broken, at), 'MalformedXML')
  assert.equal(cloud.buckets.get('broken'), undefined)
  await refusedWith(bucket.create({ AccessControl: 'PublicRead' }, at), 'AccessControlListNotSupported')
  await refusedWith(bucket.create({ WebsiteConfiguration: {} }, at), 'ValidationError', /unsupported property Website/)
})

test('a bucket policy is made where there is none, changed in place, and removed', async (t) => {
  const { cloud, at, nobody, without, bucket, policy } = await bucketStage(t)
  const { id: Bucket } = await bucket.create({}, at)
  const denying = (Action: string) => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action, Resource: `arn:aws:s3:::${Bucket}/*` }],
  })
  const first = { Bucket, PolicyDocument: denying('s3:GetObject') }
  await refusedWith(policy.create(first, without(nobody)), 'AccessDenied')
  const made = await policy.create(first, at)
  assert.equal(made.id, Bucket)
  await refusedWith(policy.create(first, at), 'AlreadyExists', /^The bucket policy already exists on bucket /)
  const second = { Bucket, PolicyDocument: denying('s3:PutObject') }
  await policy.update(second, existing(made, first), at)
  assert.equal(cloud.buckets.get(Bucket)?.policy, JSON.stringify(second.PolicyDocument))
  assert.deepEqual(policy.replacedBy, ['Bucket'])
  await policy.remove(existing(made, second), at)
  assert.equal(cloud.buckets.get(Bucket)?.policy, undefined)
  await bucket.remove(existing({ id: Bucket, attributes: {} }, {}), at)
  await policy.remove(existing(made, second), at)
})
