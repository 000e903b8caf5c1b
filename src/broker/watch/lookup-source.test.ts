import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerStage, configText, start } from '../../../test/contracts/broker-stage.ts'
import { lookupSource, watchedAccounts } from './lookup-source.ts'
import type { ReadTrail } from './trail-source.ts'

const watching = (more: string): string => configText(`watch: { ${more} }`)
const going = new AbortController().signal

async function idsIn(read: ReadTrail, signal = going): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { records, settle } of read(signal)) {
    for (const record of records) ids.push(String(Object(record).eventID))
    settle()
  }
  return ids
}

/** Answers with pages of this many events each, and notes what was asked. */
async function staged(t: Parameters<typeof brokerStage>[0], pages: number) {
  const stage = await brokerStage(t)
  const asked: { readonly StartTime: number; readonly EndTime: number; readonly NextToken?: string; region: string }[] =
    []
  stage.between = async (request) => {
    const body = JSON.parse(await request.text())
    const region =
      /\/([a-z0-9-]+)\/cloudtrail\/aws4_request/.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
    asked.push({ ...body, region })
    const page = Number(body.NextToken ?? 0)
    const Events = [
      { CloudTrailEvent: JSON.stringify({ eventID: `e${page}`, recipientAccountId: '111122223333' }) },
      { CloudTrailEvent: '{' },
      {},
    ]
    return Response.json({ Events, ...(page + 1 < pages ? { NextToken: String(page + 1) } : {}) })
  }
  const read = lookupSource(stage.parts, async () => ({ accessKeyId: 'A'.repeat(20), secretAccessKey: 'x' }), 1)
  return { stage, asked, read }
}

test('all pages are read, of all accounts and regions, and next time from where it ended with an overlap', async (t) => {
  const { stage, asked, read } = await staged(t, 3)
  stage.configure(watching('regions: [us-east-1, eu-central-1]'))
  assert.deepEqual(await idsIn(read), ['e0', 'e1', 'e2', 'e0', 'e1', 'e2'])
  assert.deepEqual(
    asked.map(({ region }) => region),
    [...Array(3).fill('us-east-1'), ...Array(3).fill('eu-central-1')],
  )
  const noon = start.getTime() / 1000
  assert.deepEqual([asked[0]?.StartTime, asked[0]?.EndTime], [noon - 12 * 3600, noon])
  stage.later(60)
  asked.length = 0
  await idsIn(read)
  assert.equal(asked[0]?.StartTime, noon - 15 * 60)
})

test('what failed is read again from where it was', async (t) => {
  const { stage, asked, read } = await staged(t, 1)
  const { between } = stage
  stage.between = async () => Promise.reject(new Error('down'))
  assert.deepEqual(await idsIn(read), [])
  stage.later(7200)
  stage.between = between
  await idsIn(read)
  assert.equal(asked[0]?.StartTime, start.getTime() / 1000 + 7200 - 12 * 3600)
})

test('an account with more events than can be asked for is read as far as it goes, and that is said', async (t) => {
  const { stage, asked, read } = await staged(t, 1_000_000)
  stage.configure(watching('every: 5s'))
  assert.equal((await idsIn(read)).length, 20)
  assert.equal(asked.length, 20)
  assert.match(stage.log[0] ?? '', /more events than LookupEvents gives in time/)
})

test('reading ends when it is told to, and is silent about it', async (t) => {
  const { stage, asked, read } = await staged(t, 1_000_000)
  const ending = new AbortController()
  const { between } = stage
  stage.between = async (request, next) => {
    if (asked.length === 4) ending.abort()
    return between ? between(request, next) : next(request)
  }
  assert.deepEqual(await idsIn(read, ending.signal), [])
  assert.deepEqual([asked.length, stage.log], [5, []])
})

test('the accounts are those named, or those of the roles; and without LookupEvents none is asked', async (t) => {
  const { stage, asked, read } = await staged(t, 1)
  assert.deepEqual(watchedAccounts(stage.parts), ['111122223333'])
  stage.configure(watching('accounts: ["444455556666"]'))
  assert.deepEqual(watchedAccounts(stage.parts), ['444455556666'])
  stage.configure(watching('lookupEvents: false'))
  assert.deepEqual([await idsIn(read), asked], [[], []])
})

test('an account that the key cannot see is told of, and not taken for seen', async (t) => {
  const { stage, read } = await staged(t, 1)
  await idsIn(read)
  assert.deepEqual(stage.log, [])
  stage.configure(watching('accounts: ["444455556666"]'))
  await idsIn(read)
  assert.match(stage.log[0] ?? '', /of another account: name the administrator/)
})

test('of an account and region that was read and taken in it is told, and not of one that could not be', async (t) => {
  const { stage } = await staged(t, 1)
  const { between } = stage
  stage.configure(watching('regions: [us-east-1, eu-central-1]'))
  stage.between = async (request, next) => {
    if (/eu-central-1/.test(request.headers.get('authorization') ?? '')) return new Response('{}', { status: 400 })
    return between?.(request, next) ?? next(request)
  }
  const told: string[] = []
  const onRead = (account: string, region: string): void => void told.push(`${account} ${region}`)
  const key = async () => ({ accessKeyId: 'A'.repeat(20), secretAccessKey: 'x' })
  assert.deepEqual(await idsIn(lookupSource({ ...stage.parts, onRead }, key, 1)), ['e0'])
  assert.deepEqual(told, ['111122223333 us-east-1'])
})
