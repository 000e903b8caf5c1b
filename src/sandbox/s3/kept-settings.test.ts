import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  DeleteBucketEncryptionCommand,
  DeleteBucketLifecycleCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketVersioningCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { openStage, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin } = stage

test('settings of a bucket come back as the SDK wrote them, and go', async () => {
  const Bucket = await stage.bucket()
  await admin.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
  assert.equal((await admin.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
  const Rules = [{ ID: 'a', Status: 'Enabled' as const, Filter: { Prefix: 'x/' }, Expiration: { Days: 3 } }]
  await admin.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }))
  assert.deepEqual((await admin.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules, Rules)
  await admin.send(new DeleteBucketLifecycleCommand({ Bucket }))
  await refused(admin.send(new GetBucketLifecycleConfigurationCommand({ Bucket })), 'NoSuchLifecycleConfiguration')
  const OwnershipControls = { Rules: [{ ObjectOwnership: 'BucketOwnerPreferred' as const }] }
  await admin.send(new PutBucketOwnershipControlsCommand({ Bucket, OwnershipControls }))
  const owned = await admin.send(new GetBucketOwnershipControlsCommand({ Bucket }))
  assert.deepEqual(owned.OwnershipControls, OwnershipControls)
  const log = (TargetBucket: string) => {
    const LoggingEnabled = { TargetBucket, TargetPrefix: 'l/' }
    return admin.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: { LoggingEnabled } }))
  }
  await refused(log('there-is-no-such-bucket'), 'InvalidTargetBucketForLogging')
  await log(Bucket)
  assert.equal((await admin.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled?.TargetBucket, Bucket)
})

test('a setting S3 would not keep is refused', async () => {
  const Bucket = await stage.bucket()
  const version = (Status: string | undefined) =>
    admin.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: Status as 'Enabled' } }))
  await refused(version('On'), 'MalformedXML')
  await refused(version(undefined), 'IllegalVersioningConfigurationException')
  const LifecycleConfiguration = { Rules: [] }
  await refused(
    admin.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration })),
    'MalformedXML',
  )
})

test('an object is told to be encrypted as its upload asks, else as its bucket does', async () => {
  const Bucket = await stage.bucket()
  const encrypt = (SSEAlgorithm: 'AES256' | 'aws:kms', KMSMasterKeyID: string) => {
    const rule = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm, KMSMasterKeyID } }
    return admin.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules: [rule] } }))
  }
  await refused(encrypt('AES256', 'key'), 'InvalidArgument')
  await encrypt('aws:kms', 'key')
  await admin.send(new PutObjectCommand({ Bucket, Key: 'a', Body: '-' }))
  const a = await admin.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
  assert.deepEqual([a.ServerSideEncryption, a.SSEKMSKeyId], ['aws:kms', 'key'])
  await admin.send(new PutObjectCommand({ Bucket, Key: 'b', Body: '-', ServerSideEncryption: 'AES256' }))
  assert.equal((await admin.send(new HeadObjectCommand({ Bucket, Key: 'b' }))).ServerSideEncryption, 'AES256')
  const other = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'other' } as const
  const put = await admin.send(new PutObjectCommand({ Bucket, Key: 'c', Body: '-', ...other }))
  assert.deepEqual([put.ServerSideEncryption, put.SSEKMSKeyId], ['aws:kms', 'other'])
  const wrong = { ServerSideEncryption: 'AES256', SSEKMSKeyId: 'other' } as const
  await refused(admin.send(new PutObjectCommand({ Bucket, Key: 'd', Body: '-', ...wrong })), 'InvalidArgument')
  await admin.send(new DeleteBucketEncryptionCommand({ Bucket }))
  const { ServerSideEncryptionConfiguration: told } = await admin.send(new GetBucketEncryptionCommand({ Bucket }))
  assert.equal(told?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256')
})
