import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { ListObjectsCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import fc from 'fast-check'
import { compareUtf8, sortedKeys } from './key-order.ts'
import { pageOf } from './list-objects.ts'
import { openStage, refused } from './stage.test.ts'

const stage = await openStage()
after(() => stage.close())
const { admin } = stage
const Bucket = await stage.bucket()
const keys = ['a', 'b/1', 'b/2', 'b/c/3', 'c d+e&<ü>', 'd/', 'd/x']
for (const Key of keys) await admin.send(new PutObjectCommand({ Bucket, Key, Body: Key }))

test('a delimiter rolls up what is behind it', async () => {
  const top = await admin.send(new ListObjectsV2Command({ Bucket, Delimiter: '/' }))
  assert.deepEqual(
    top.Contents?.map(({ Key }) => Key),
    ['a', 'c d+e&<ü>'],
  )
  assert.deepEqual(top.CommonPrefixes, [{ Prefix: 'b/' }, { Prefix: 'd/' }])
  assert.equal(top.KeyCount, 4)
  const inside = await admin.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', Prefix: 'b/' }))
  assert.deepEqual(
    inside.Contents?.map(({ Key }) => Key),
    ['b/1', 'b/2'],
  )
  assert.deepEqual(inside.CommonPrefixes, [{ Prefix: 'b/c/' }])
  const folder = await admin.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', Prefix: 'd/' }))
  assert.deepEqual(
    folder.Contents?.map(({ Key }) => Key),
    ['d/', 'd/x'],
  )
})

test('names are encoded when asked for', async () => {
  const listed = await admin.send(new ListObjectsV2Command({ Bucket, Prefix: 'c ', EncodingType: 'url' }))
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    ['c+d%2Be%26%3C%C3%BC%3E'],
  )
  assert.equal(listed.Prefix, 'c+')
})

test('an owner is given when asked for, and the size and tag of each object always', async () => {
  const [plain] = (await admin.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }))).Contents ?? []
  assert.deepEqual([plain?.Owner, plain?.Size, plain?.StorageClass], [undefined, 1, 'STANDARD'])
  assert.match(plain?.ETag ?? '', /^"[0-9a-f]{32}"$/)
  const [owned] = (await admin.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1, FetchOwner: true }))).Contents ?? []
  assert.match(owned?.Owner?.ID ?? '', /^[0-9a-f]{64}$/)
})

test('pages of either version together are the whole, each thing once', async () => {
  for (const Delimiter of [undefined, '/'])
    for (const MaxKeys of [1, 2, 3]) {
      const second: string[] = []
      let ContinuationToken: string | undefined
      do {
        const page = await admin.send(new ListObjectsV2Command({ Bucket, Delimiter, MaxKeys, ContinuationToken }))
        for (const { Key = '' } of page.Contents ?? []) second.push(Key)
        for (const { Prefix = '' } of page.CommonPrefixes ?? []) second.push(Prefix)
        assert.ok((page.KeyCount ?? 0) <= MaxKeys)
        ContinuationToken = page.NextContinuationToken
        assert.equal(page.IsTruncated, ContinuationToken !== undefined)
      } while (ContinuationToken !== undefined)
      const first: string[] = []
      let Marker: string | undefined
      for (;;) {
        const page = await admin.send(new ListObjectsCommand({ Bucket, Delimiter, MaxKeys, Marker }))
        for (const { Key = '' } of page.Contents ?? []) first.push(Key)
        for (const { Prefix = '' } of page.CommonPrefixes ?? []) first.push(Prefix)
        if (!page.IsTruncated) break
        Marker = page.NextMarker ?? page.Contents?.at(-1)?.Key
      }
      const expected = Delimiter === undefined ? keys : ['a', 'b/', 'c d+e&<ü>', 'd/']
      // A page gives keys before prefixes, so across pages only the set is the same.
      assert.deepEqual(second.toSorted(compareUtf8), expected)
      assert.deepEqual(first.toSorted(compareUtf8), expected)
    }
})

test('a listing can start after a key', async () => {
  const listed = await admin.send(new ListObjectsV2Command({ Bucket, StartAfter: 'b/2' }))
  assert.deepEqual(
    listed.Contents?.map(({ Key }) => Key),
    keys.slice(3),
  )
  assert.equal(listed.StartAfter, 'b/2')
})

test('parameters that make no sense are refused', async () => {
  await refused(admin.send(new ListObjectsV2Command({ Bucket, MaxKeys: -1 })), 'InvalidArgument')
  await refused(admin.send(new ListObjectsV2Command({ Bucket, ContinuationToken: 'nonsense' })), 'InvalidArgument')
  const none = await admin.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }))
  assert.deepEqual([none.KeyCount, none.IsTruncated], [0, false])
})

test('keys compare as their UTF-8 bytes', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('\ue000', '\u{10000}', 'a', '/'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
  })
  fc.assert(
    fc.property(text, text, (a, b) => {
      const [x, y] = [a.toWellFormed(), b.toWellFormed()]
      assert.equal(Math.sign(compareUtf8(x, y)), Buffer.compare(Buffer.from(x), Buffer.from(y)))
    }),
  )
})

test('any pages of any keys together are what one page is', () => {
  const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é'), minLength: 1, maxLength: 6 })
  const question = { prefix: fc.constantFrom('', 'a', 'a/', 'b'), delimiter: fc.constantFrom('', '/', 'a/') }
  fc.assert(
    fc.property(fc.uniqueArray(key), fc.record(question), fc.integer({ min: 1, max: 4 }), (all, asked, most) => {
      const { list } = sortedKeys(all)
      const whole = pageOf(list, { ...asked, after: '', most: 1000 })
      const found: string[] = []
      for (let after: string | undefined = ''; after !== undefined; ) {
        const page = pageOf(list, { ...asked, after, most })
        found.push(...page.keys, ...page.prefixes)
        assert.notEqual(page.next, after)
        after = page.next
      }
      assert.deepEqual(found.sort(compareUtf8), [...whole.keys, ...whole.prefixes].sort(compareUtf8))
      assert.equal(new Set(found).size, found.length)
    }),
  )
})

test('ten thousand keys list fast', () => {
  const { list } = sortedKeys(Array.from({ length: 10_000 }, (_, n) => `dir-${n % 100}/file-${n}`))
  const start = process.hrtime.bigint()
  const page = pageOf(list, { prefix: '', delimiter: '/', after: '', most: 1000 })
  assert.equal(page.prefixes.length, 100)
  assert.ok(Number(process.hrtime.bigint() - start) < 50_000_000)
})
