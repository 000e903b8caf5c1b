import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketTaggingCommand,
  DeleteObjectCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectAclCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketTaggingCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { isBucketName } from './buckets.ts'
import { openStage, otherAccount, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin, sandbox } = stage
const stranger = stage.clientFor(
  sandbox.accounts.find(({ accountId }) => accountId === otherAccount) ?? assert.fail('no other account'),
)

test('a bucket is made, found and removed', async () => {
  await admin.send(new CreateBucketCommand({ Bucket: 'first-bucket' }))
  const { BucketRegion } = await admin.send(new HeadBucketCommand({ Bucket: 'first-bucket' }))
  assert.equal(BucketRegion, 'us-east-1')
  const { Buckets, Owner } = await admin.send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets?.map(({ Name }) => Name),
    ['first-bucket'],
  )
  assert.match(Owner?.ID ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual((await stranger.send(new ListBucketsCommand({}))).Buckets, [])
  await admin.send(new DeleteBucketCommand({ Bucket: 'first-bucket' }))
  await refused(admin.send(new HeadBucketCommand({ Bucket: 'first-bucket' })), 'NotFound')
  await refused(admin.send(new DeleteBucketCommand({ Bucket: 'first-bucket' })), 'NoSuchBucket')
})

test('a bucket that holds something stays', async () => {
  const Bucket = await stage.bucket()
  await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '-' }))
  await refused(admin.send(new DeleteBucketCommand({ Bucket })), 'BucketNotEmpty')
  await admin.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  await admin.send(new DeleteBucketCommand({ Bucket }))
})

test('a name is taken once in all accounts', async () => {
  const CreateBucketConfiguration = { LocationConstraint: 'eu-west-1' } as const
  await admin.send(new CreateBucketCommand({ Bucket: 'taken-here' }))
  await admin.send(new CreateBucketCommand({ Bucket: 'taken-here' }))
  await refused(stranger.send(new CreateBucketCommand({ Bucket: 'taken-here' })), 'BucketAlreadyExists')
  await admin.send(new CreateBucketCommand({ Bucket: 'taken-in-europe', CreateBucketConfiguration }))
  await refused(
    admin.send(new CreateBucketCommand({ Bucket: 'taken-in-europe', CreateBucketConfiguration })),
    'BucketAlreadyOwnedByYou',
  )
})

test('a bucket is where it was asked to be', async () => {
  const create = (Bucket: string, region: string) =>
    admin.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: region as 'eu-west-1' } }),
    )
  await create('in-europe', 'eu-central-1')
  const { LocationConstraint } = await admin.send(new GetBucketLocationCommand({ Bucket: 'in-europe' }))
  assert.equal(LocationConstraint, 'eu-central-1')
  const Bucket = await stage.bucket()
  assert.equal((await admin.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint, undefined)
  await refused(create('nowhere', 'us-east-1'), 'InvalidLocationConstraint')
  await refused(create('nowhere', 'the moon'), 'InvalidLocationConstraint')
})

test('names that no bucket may have are refused, their neighbours not', () => {
  for (const good of ['abc', 'a-b.c', '1bucket', 'a'.repeat(63), '1.2.3', '1.2.3.4.5'])
    assert.ok(isBucketName(good), good)
  const bad = [
    'ab',
    'a'.repeat(64),
    'Abc',
    'a_b',
    '-ab',
    'ab-',
    '.ab',
    'a..b',
    '1.2.3.4',
    'xn--a',
    'abc-s3alias',
    'a\nb',
    'ab%',
  ]
  for (const name of bad) assert.ok(!isBucketName(name), name)
})

test('a name that no bucket may have is refused on the wire', async () => {
  await refused(admin.send(new CreateBucketCommand({ Bucket: 'UPPER' })), 'InvalidBucketName')
})

test('tags of a bucket are kept, replaced and removed', async () => {
  const Bucket = await stage.bucket()
  await refused(admin.send(new GetBucketTaggingCommand({ Bucket })), 'NoSuchTagSet')
  const TagSet = [{ Key: 'team', Value: 'blue & green' }]
  await admin.send(new PutBucketTaggingCommand({ Bucket, Tagging: { TagSet } }))
  assert.deepEqual((await admin.send(new GetBucketTaggingCommand({ Bucket }))).TagSet, TagSet)
  await admin.send(new DeleteBucketTaggingCommand({ Bucket }))
  await refused(admin.send(new GetBucketTaggingCommand({ Bucket })), 'NoSuchTagSet')
})

test('settings say what they are where nobody set them', async () => {
  const Bucket = await stage.bucket()
  const { ServerSideEncryptionConfiguration: encryption } = await admin.send(new GetBucketEncryptionCommand({ Bucket }))
  assert.equal(encryption?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm, 'AES256')
  assert.equal((await admin.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined)
  await refused(admin.send(new GetBucketCorsCommand({ Bucket })), 'NoSuchCORSConfiguration')
  await admin.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '-' }))
  for (const acl of [new GetBucketAclCommand({ Bucket }), new GetObjectAclCommand({ Bucket, Key: 'k' })]) {
    const { Owner, Grants } = await admin.send(acl as GetBucketAclCommand)
    assert.deepEqual(
      Grants?.map(({ Grantee, Permission }) => [Grantee?.ID, Grantee?.Type, Permission]),
      [[Owner?.ID, 'CanonicalUser', 'FULL_CONTROL']],
    )
  }
})
