import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { configText } from '../../../test/contracts/broker-stage.ts'
import { parseConfig } from '../config/read-config.ts'
import { deliverySource } from './delivery-source.ts'
import { ann, watchStage } from './stage.test.ts'

function folderOf(t: TestContext) {
  const base = mkdtempSync(join(tmpdir(), 'mayfly-trail-'))
  t.after(() => rmSync(base, { recursive: true, force: true }))
  const folder = join(base, 'deliveries')
  mkdirSync(folder)
  const log: string[] = []
  let at = new Date()
  const config = parseConfig(configText(), '/broker/mayfly.yaml')
  const source = deliverySource({
    config: () => ({ ...config, watch: { ...config.watch, deliveries: folder } }),
    now: () => at,
    log: (level, message) => log.push(`${level} ${message}`),
  })
  const read = async (settled = true): Promise<unknown[]> => {
    const records: unknown[] = []
    for await (const batch of source(new AbortController().signal)) {
      records.push(...batch.records)
      if (settled) batch.settle()
    }
    return records
  }
  const put = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }
  return { base, folder, log, read, put, later: (minutes: number) => (at = new Date(at.getTime() + minutes * 60_000)) }
}

const packed = (...records: readonly unknown[]): Buffer => gzipSync(JSON.stringify({ Records: records }))

test('deliveries to S3 and events of EventBridge are read, each once', async (t) => {
  const { put, read } = folderOf(t)
  put('AWSLogs/111122223333/CloudTrail/us-east-1/2026/11/21/a.json.gz', packed({ eventID: '1' }, { eventID: '2' }))
  put('b.json', JSON.stringify({ 'detail-type': 'AWS API Call via CloudTrail', detail: { eventID: '3' } }))
  put('c.json', '{"detail":{"eventID":"4"}}\n{"detail":{"eventID":"5"}}\n')
  put('d.txt', '{"Records":[{"eventID":"6"}]}')
  const ids = (await read()).map((record) => (record as { eventID: string }).eventID)
  assert.deepEqual(ids, ['1', '2', '3', '4', '5'])
  assert.deepEqual(await read(), [])
  put('c.json', '{"detail":{"eventID":"7"}}')
  assert.equal((await read()).length, 1)
})

test('what was not taken in is read again', async (t) => {
  const { put, read } = folderOf(t)
  put('a.json.gz', packed({ eventID: '1' }))
  assert.equal((await read(false)).length, 1)
  assert.equal((await read()).length, 1)
  assert.deepEqual(await read(), [])
})

test('a file that is being written is read when it is whole, and one that stays broken is told of once', async (t) => {
  const { put, read, log, later } = folderOf(t)
  const whole = packed({ eventID: '1' })
  put('a.json.gz', whole.subarray(0, 20))
  put('b.json', '{"detail":{"eventID')
  assert.deepEqual([await read(), log], [[], []])
  put('a.json.gz', whole)
  assert.equal((await read()).length, 1)
  later(11)
  assert.deepEqual(await read(), [])
  await read()
  assert.deepEqual(log, ['warn a delivery of CloudTrail cannot be read'])
})

test('links lead nowhere, neither out of the folder nor within it', async (t) => {
  const { base, folder, put, read } = folderOf(t)
  mkdirSync(join(base, 'elsewhere'))
  writeFileSync(join(base, 'elsewhere', 'secret.json'), '{"eventID":"9"}')
  symlinkSync(join(base, 'elsewhere', 'secret.json'), join(folder, 'link.json'))
  symlinkSync(join(base, 'elsewhere'), join(folder, 'folder'))
  symlinkSync(folder, join(folder, 'loop'))
  mkdirSync(join(folder, 'named.json'))
  assert.deepEqual(await read(), [])
  put('own.json', '{"eventID":"1"}')
  assert.equal((await read()).length, 1)
})

test('files too large, before and after unpacking, and old ones are passed over', async (t) => {
  const { put, read, log, later } = folderOf(t)
  truncateSync(put('large.json', ''), 33 * 1024 * 1024)
  put('bomb.json.gz', gzipSync(Buffer.alloc(66 * 1024 * 1024, ' ').fill('{"eventID":"3"}', 0, 15), { level: 1 }))
  const old = put('old.json', '{"eventID":"1"}')
  const past = Date.now() / 1000 - 37 * 3600
  utimesSync(old, past, past)
  assert.deepEqual(await read(), [])
  assert.equal(log.length, 1)
  later(11)
  await read()
  assert.equal(log.length, 2)
  put('new.json', '{"eventID":"2"}')
  assert.equal((await read()).length, 1)
})

test('a folder that is missing is told of and stops nothing', async (t) => {
  const { folder, read, log } = folderOf(t)
  rmSync(folder, { recursive: true })
  assert.deepEqual(await read(), [])
  assert.equal(log.length, 1)
})

test('a delivery tells of a brokered session from two networks', async (t) => {
  const stage = await watchStage(t)
  const { session, credentials } = await stage.brokered()
  await stage.use(credentials)
  const { openWatch } = await import('./watch.ts')
  const [logged] = [...stage.sandbox.cloud.calls.values()].filter(({ operation }) => operation === 'ListUsers')
  const records = ['198.51.100.7', '203.0.113.9', 'cloudformation.amazonaws.com'].map((sourceIPAddress, place) => ({
    ...{ ...logged?.detail, sourceIPAddress, eventID: `e${place}` },
  }))
  const told = await openWatch({
    ...stage.parts,
    read: async function* () {
      yield { records, settle: () => undefined }
    },
  }).once()
  assert.deepEqual(told, { events: 3, found: 0, alerts: 1 })
  assert.deepEqual(await stage.alerts(), ['two-networks'])
  const { use, principalId } = (await stage.ledger.session(session.id)) ?? {}
  assert.deepEqual([use?.addresses, principalId], [['198.51.100.7', '203.0.113.9'], ann.id])
})
