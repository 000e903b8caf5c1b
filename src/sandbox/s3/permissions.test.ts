import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import {
  CopyObjectCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { openStage, otherAccount, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin, sandbox, raw } = stage
const allow = (Action: string | string[], Resource: string | string[], more: object = {}) => ({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action, Resource, ...more }],
})
const strangerKey = sandbox.accounts.find(({ accountId }) => accountId === otherAccount) ?? assert.fail('no account')
const stranger = stage.clientFor(strangerKey)

async function bucketWith(...keys: string[]): Promise<string> {
  const Bucket = await stage.bucket()
  for (const Key of keys) await admin.send(new PutObjectCommand({ Bucket, Key, Body: Key }))
  return Bucket
}

const setPolicy = (Bucket: string, policy: object | string) =>
  admin.send(
    new PutBucketPolicyCommand({ Bucket, Policy: typeof policy === 'string' ? policy : JSON.stringify(policy) }),
  )

test('a refusal says who may not do what on what, and why', async () => {
  const Bucket = await bucketWith('k')
  const user = stage.user()
  await refused(
    user.send(new GetObjectCommand({ Bucket, Key: 'k' })),
    'AccessDenied',
    /^User: arn:aws:iam::111122223333:user\/user-\d+ is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::bucket-\d+\/k" because no identity-based policy allows the s3:GetObject action$/,
  )
  await refused(user.send(new ListBucketsCommand({})), 'AccessDenied', /s3:ListAllMyBuckets/)
})

test('a missing object is missing only for who may list the bucket', async () => {
  const Bucket = await bucketWith()
  const reader = stage.user(allow('s3:GetObject', `arn:aws:s3:::${Bucket}/*`))
  await refused(reader.send(new GetObjectCommand({ Bucket, Key: 'none' })), 'AccessDenied', /s3:ListBucket/)
  // The answer to HEAD has no body to name the refusal in.
  const head = await refused(reader.send(new HeadObjectCommand({ Bucket, Key: 'none' })), 'Unknown')
  assert.equal(head.$metadata.httpStatusCode, 403)
  const lister = stage.user(allow(['s3:GetObject', 's3:ListBucket'], '*'))
  await refused(lister.send(new GetObjectCommand({ Bucket, Key: 'none' })), 'NoSuchKey')
  await refused(lister.send(new HeadObjectCommand({ Bucket, Key: 'none' })), 'NotFound')
})

test('a listing is decided by its prefix', async () => {
  const Bucket = await bucketWith('home/ann/x', 'home/bob/y')
  const ann = stage.user(
    allow('s3:ListBucket', `arn:aws:s3:::${Bucket}`, { Condition: { StringLike: { 's3:prefix': 'home/ann/*' } } }),
  )
  const { KeyCount } = await ann.send(new ListObjectsV2Command({ Bucket, Prefix: 'home/ann/' }))
  assert.equal(KeyCount, 1)
  await refused(ann.send(new ListObjectsV2Command({ Bucket, Prefix: 'home/bob/' })), 'AccessDenied')
  await refused(ann.send(new ListObjectsV2Command({ Bucket })), 'AccessDenied')
})

test('of several objects to delete only the allowed ones go', async () => {
  const Bucket = await bucketWith('mine/a', 'yours/b')
  const user = stage.user(allow('s3:DeleteObject', `arn:aws:s3:::${Bucket}/mine/*`))
  const Objects = [{ Key: 'mine/a' }, { Key: 'yours/b' }]
  const { Deleted, Errors } = await user.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual(
    Deleted?.map(({ Key }) => Key),
    ['mine/a'],
  )
  assert.deepEqual(
    Errors?.map(({ Key, Code }) => [Key, Code]),
    [['yours/b', 'AccessDenied']],
  )
  await admin.send(new HeadObjectCommand({ Bucket, Key: 'yours/b' }))
})

test('a copy needs reading there and writing here', async () => {
  const [from, to] = [await bucketWith('k'), await bucketWith()]
  const read = `arn:aws:s3:::${from}/*`
  const write = `arn:aws:s3:::${to}/*`
  const copy = new CopyObjectCommand({ Bucket: to, Key: 'k', CopySource: `${from}/k` })
  await refused(stage.user(allow('s3:GetObject', read)).send(copy), 'AccessDenied', /s3:PutObject/)
  await refused(stage.user(allow('s3:PutObject', write)).send(copy), 'AccessDenied', /s3:GetObject/)
  await stage.user(allow(['s3:GetObject', 's3:PutObject'], [read, write])).send(copy)
})

test('tags of the object and of the request count', async () => {
  const Bucket = await bucketWith()
  await admin.send(new PutObjectCommand({ Bucket, Key: 'blue', Body: '-', Tagging: 'team=blue' }))
  await admin.send(new PutObjectCommand({ Bucket, Key: 'red', Body: '-', Tagging: 'team=red' }))
  const user = stage.user(
    allow('s3:GetObject', '*', { Condition: { StringEquals: { 's3:ExistingObjectTag/team': 'blue' } } }),
  )
  await user.send(new GetObjectCommand({ Bucket, Key: 'blue' }))
  await refused(user.send(new GetObjectCommand({ Bucket, Key: 'red' })), 'AccessDenied')
})

test('another account gets in by the bucket policy, and is told no reasons', async () => {
  const Bucket = await bucketWith('k')
  const get = () => stranger.send(new GetObjectCommand({ Bucket, Key: 'k' }))
  await refused(get(), 'AccessDenied', /^Access Denied$/)
  await setPolicy(
    Bucket,
    allow('s3:GetObject', `arn:aws:s3:::${Bucket}/*`, { Principal: { AWS: `arn:aws:iam::${otherAccount}:root` } }),
  )
  await get()
  const mine = { ExpectedBucketOwner: otherAccount }
  await refused(stranger.send(new GetObjectCommand({ Bucket, Key: 'k', ...mine })), 'AccessDenied')
  await refused(stranger.send(new GetBucketPolicyCommand({ Bucket })), 'MethodNotAllowed')
})

test('a bucket policy is kept as written, and removed', async () => {
  const Bucket = await bucketWith()
  await refused(admin.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy')
  const text = JSON.stringify(
    allow('s3:*', [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`], { Principal: { AWS: otherAccount } }),
    null,
    2,
  )
  await setPolicy(Bucket, text)
  assert.equal((await admin.send(new GetBucketPolicyCommand({ Bucket }))).Policy, text)
  const { PolicyStatus } = await admin.send(new GetBucketPolicyStatusCommand({ Bucket }))
  assert.equal(PolicyStatus?.IsPublic, false)
  await admin.send(new DeleteBucketPolicyCommand({ Bucket }))
  await refused(admin.send(new GetBucketPolicyCommand({ Bucket })), 'NoSuchBucketPolicy')
})

test('a bucket policy that S3 would not take is refused', async () => {
  const Bucket = await bucketWith()
  const arn = `arn:aws:s3:::${Bucket}`
  const Principal = { AWS: otherAccount }
  const set = (policy: object | string) => setPolicy(Bucket, policy)
  await refused(set('not json'), 'MalformedPolicy', /valid JSON/)
  await refused(set(allow('s3:GetObject', `${arn}/*`)), 'MalformedPolicy', /Principal/)
  await refused(
    set(allow('s3:GetObject', 'arn:aws:s3:::other/*', { Principal })),
    'MalformedPolicy',
    /invalid resource/,
  )
  await refused(set(allow('s3:GetObject', `${arn}s/*`, { Principal })), 'MalformedPolicy', /invalid resource/)
  await refused(set(allow('iam:GetUser', arn, { Principal })), 'MalformedPolicy', /invalid action/)
  await refused(set(allow('s3:GetObject', arn, { Principal })), 'MalformedPolicy', /does not apply/)
  await refused(set(allow('s3:ListBucket', `${arn}/*`, { Principal })), 'MalformedPolicy', /does not apply/)
  const nobody = { Principal: { AWS: 'arn:aws:iam::111122223333:user/nobody' } }
  await refused(set(allow('s3:GetObject', `${arn}/*`, nobody)), 'MalformedPolicy', /Invalid principal/)
  await set(allow('s3:GetObject', `${arn}/*`, { Principal: { AWS: 'arn:aws:iam::111122223333:user/admin' } }))
  await set(allow('s3:GetObject', `${arn}/*`, { Principal }))
  await set(allow(['s3:ListBucket', 's3:GetObject'], [arn, `${arn}/*`], { Principal }))
})

test('anyone may read only once the bucket is public on purpose', async () => {
  const Bucket = await bucketWith('page.html')
  const anonymous = () => raw({ method: 'GET', target: `/${Bucket}/page.html` })
  const open = allow('s3:GetObject', `arn:aws:s3:::${Bucket}/*`, { Principal: '*' })
  const before = await anonymous()
  assert.equal(before.status, 403)
  assert.match(
    before.body,
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message><RequestId>[^<]+<\/RequestId><HostId>[^<]+<\/HostId><\/Error>$/,
  )
  const { PublicAccessBlockConfiguration: guard } = await admin.send(new GetPublicAccessBlockCommand({ Bucket }))
  assert.deepEqual(Object.values(guard ?? {}), [true, true, true, true])
  await refused(setPolicy(Bucket, open), 'AccessDenied', /BlockPublicPolicy/)
  await admin.send(new DeletePublicAccessBlockCommand({ Bucket }))
  await refused(admin.send(new GetPublicAccessBlockCommand({ Bucket })), 'NoSuchPublicAccessBlockConfiguration')
  await setPolicy(Bucket, open)
  assert.equal((await admin.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic, true)
  assert.equal((await anonymous()).body, 'page.html')
  const overriding = await raw({ method: 'GET', target: `/${Bucket}/page.html?response-content-type=text/evil` })
  assert.equal(overriding.status, 400)
  assert.equal((await raw({ method: 'PUT', target: `/${Bucket}/page.html`, body: 'x' })).status, 403)
  const PublicAccessBlockConfiguration = { RestrictPublicBuckets: true }
  await admin.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }))
  assert.equal((await anonymous()).status, 403)
})

test('an anonymous caller lists and makes no buckets', async () => {
  const made = await raw({ method: 'PUT', target: '/a-bucket-of-nobody' })
  assert.equal(made.status, 403)
  assert.equal(sandbox.cloud.buckets.get('a-bucket-of-nobody'), undefined)
  assert.equal((await raw({ method: 'GET', target: '/' })).status, 403)
})
