import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  LookupEventsCommand,
  type LookupEventsCommandInput,
} from '@aws-sdk/client-cloudtrail'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { startSandbox } from '../index.ts'

const other = '444455556666'
let time = new Date('2026-11-21T10:00:00.250Z')
const sandbox = await startSandbox({
  now: () => time,
  randomBytes: (length) => randomBytes(length),
  accounts: ['111122223333', other],
  log: (line) => assert.fail(line),
})
// The clients sign by the real clock, which the sandbox's does not follow here.
const offset = () => time.getTime() - Date.now()
const clientsOf = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) => {
  const options = {
    endpoint: sandbox.endpoint,
    region: sandbox.region,
    credentials,
    maxAttempts: 1,
    forcePathStyle: true,
    systemClockOffset: offset(),
  }
  return { trail: new CloudTrailClient(options), s3: new S3Client(options), sts: new STSClient(options) }
}
const { trail, s3, sts } = clientsOf(sandbox)
after(async () => {
  for (const client of [trail, s3, sts]) client.destroy()
  await sandbox.close()
})

const lookup = (input: LookupEventsCommandInput = {}) => trail.send(new LookupEventsCommand(input))
const names = async (input?: LookupEventsCommandInput) =>
  (await lookup(input)).Events?.map(({ EventName }) => EventName)
const by = (
  AttributeKey: 'EventName' | 'Username' | 'AccessKeyId' | 'ReadOnly' | 'EventSource' | 'EventId',
  AttributeValue: string,
) => ({
  LookupAttributes: [{ AttributeKey, AttributeValue }],
})

await s3.send(new CreateBucketCommand({ Bucket: 'trailed' }))
await s3.send(new PutObjectCommand({ Bucket: 'trailed', Key: 'k', Body: 'v' }))
await sts.send(new GetCallerIdentityCommand({}))
const { Credentials: session } = await sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }))
const asSession = clientsOf({
  accessKeyId: session?.AccessKeyId ?? '',
  secretAccessKey: session?.SecretAccessKey ?? '',
  sessionToken: session?.SessionToken ?? '',
})
await asSession.sts.send(new GetCallerIdentityCommand({}))

test('events come newest first, and object calls are not among them', async () => {
  assert.deepEqual(await names(), ['GetCallerIdentity', 'GetSessionToken', 'GetCallerIdentity', 'CreateBucket'])
})

test('a session is issued in one event and used in the next, found by its key', async () => {
  const [issued] = (await lookup(by('EventName', 'GetSessionToken'))).Events ?? []
  const record = JSON.parse(issued?.CloudTrailEvent ?? '')
  assert.equal(record.responseElements.credentials.accessKeyId, session?.AccessKeyId)
  assert.equal(record.responseElements.credentials.expiration, 'Nov 21, 2026 10:15:00 AM')
  assert.equal(record.userIdentity.accessKeyId, sandbox.accessKeyId)
  assert.ok(!issued?.CloudTrailEvent?.includes(session?.SecretAccessKey ?? ''))
  const [used] = (await lookup(by('AccessKeyId', session?.AccessKeyId ?? ''))).Events ?? []
  assert.deepEqual(JSON.parse(used?.CloudTrailEvent ?? '').userIdentity, {
    type: 'IAMUser',
    principalId: record.userIdentity.principalId,
    arn: 'arn:aws:iam::111122223333:user/admin',
    accountId: '111122223333',
    accessKeyId: session?.AccessKeyId,
    userName: 'admin',
    sessionContext: { attributes: { creationDate: '2026-11-21T10:00:00Z', mfaAuthenticated: 'false' } },
  })
})

test('each attribute finds its events', async () => {
  const [created] = (await lookup(by('EventName', 'CreateBucket'))).Events ?? []
  assert.equal(created?.Username, 'admin')
  assert.equal(created?.ReadOnly, 'false')
  assert.deepEqual(created?.Resources, [{ ResourceType: 'AWS::S3::Bucket', ResourceName: 'trailed' }])
  assert.deepEqual(await names(by('EventId', created?.EventId ?? '')), ['CreateBucket'])
  assert.deepEqual(await names(by('ReadOnly', 'false')), ['CreateBucket'])
  assert.deepEqual(await names(by('EventSource', 's3.amazonaws.com')), ['CreateBucket'])
  assert.deepEqual(await names(by('Username', 'nobody')), [])
  const bucket = { AttributeKey: 'ResourceName', AttributeValue: 'trailed' } as const
  assert.deepEqual(await names({ LookupAttributes: [bucket] }), ['CreateBucket'])
  await assert.rejects(lookup({ LookupAttributes: [bucket, bucket] }), { name: 'InvalidLookupAttributesException' })
})

test('pages go on where they ended, whatever has happened since', async () => {
  const first = await lookup({ ...by('EventSource', 'sts.amazonaws.com'), MaxResults: 2 })
  assert.equal(first.Events?.length, 2)
  await sts.send(new GetCallerIdentityCommand({}))
  const NextToken = first.NextToken ?? ''
  const rest = await lookup({ ...by('EventSource', 'sts.amazonaws.com'), NextToken })
  assert.deepEqual(
    rest.Events?.map(({ EventName }) => EventName),
    ['GetCallerIdentity'],
  )
  assert.equal(rest.NextToken, undefined)
  await assert.rejects(lookup({ NextToken }), { name: 'InvalidNextTokenException' })
  await assert.rejects(lookup({ NextToken: 'nonsense' }), { name: 'InvalidNextTokenException' })
  await assert.rejects(lookup({ MaxResults: 51 }), { name: 'InvalidMaxResultsException' })
})

test('a window of time holds what is in it, its ends too', async () => {
  const at = new Date('2026-11-21T10:00:00Z')
  const window = (from: number, to: number) => ({
    ...by('EventName', 'CreateBucket'),
    StartTime: new Date(at.getTime() + from * 1000),
    EndTime: new Date(at.getTime() + to * 1000),
  })
  assert.deepEqual(await names(window(0, 0)), ['CreateBucket'])
  assert.deepEqual(await names(window(1, 9)), [])
  assert.deepEqual(await names(window(-9, -1)), [])
  await assert.rejects(lookup(window(1, 0)), { name: 'InvalidTimeRangeException' })
})

test('an account sees its own events only', async () => {
  const { trail: strange } = clientsOf(sandbox.accounts.find(({ accountId }) => accountId === other) ?? assert.fail())
  assert.deepEqual((await strange.send(new LookupEventsCommand({}))).Events, [])
  strange.destroy()
})

test('there are no trails, and asking for one says so', async () => {
  assert.deepEqual((await trail.send(new DescribeTrailsCommand({}))).trailList, [])
  await assert.rejects(trail.send(new GetTrailStatusCommand({ Name: 'x' })), { name: 'TrailNotFoundException' })
})

test('events of more than ninety days ago are gone', async () => {
  time = new Date('2027-02-21T10:00:00Z')
  const { trail: later } = clientsOf(sandbox)
  const { Events } = await later.send(new LookupEventsCommand({}))
  assert.deepEqual(Events, [])
  later.destroy()
})
