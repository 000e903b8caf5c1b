import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readEvents, type StreamEvent } from './event-stream.ts'

async function eventsIn(...chunks: Uint8Array[]): Promise<StreamEvent[]> {
  const found: StreamEvent[] = []
  for await (const event of readEvents(streamOf(chunks))) found.push(event)
  return found
}
async function* streamOf(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
const bytes = (text: string): Uint8Array => Buffer.from(text)

test('events have a name, data and the last id; comments are left out', async () => {
  const text =
    ': still here\n\nid: 7\nevent: row\ndata: {"a":\ndata: 1}\n\ndata: x\n\nevent: revoked\ndata:y\nid: 8\nretry: 1\n\n'
  assert.deepEqual(await eventsIn(bytes(text)), [
    { event: 'row', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'x', id: '7' },
    { event: 'revoked', data: 'y', id: '8' },
  ])
})

test('an event without its empty line is none, nor is one without data', async () => {
  assert.deepEqual(await eventsIn(bytes('event: row\n\ndata: cut off\n')), [])
})

test('however the bytes are cut, and whichever line ends there are, the events are the same', async () => {
  const text = (end: string): string =>
    ['id: 1', 'event: row', 'data: é€😀', '', ': c', 'data: a', 'data:  b', '', ''].join(end)
  const whole = await eventsIn(bytes(text('\n')))
  assert.equal(whole.length, 2)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 60 }),
      async (end, sizes) => {
        const all = bytes(text(end) + (end === '\r' ? ':' : ''))
        const chunks: Uint8Array[] = []
        for (let at = 0, turn = 0; at < all.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          chunks.push(all.subarray(at, at + size))
          at += size
        }
        assert.deepEqual(await eventsIn(...chunks), whole)
      },
    ),
    { numRuns: 200 },
  )
})

test('a stream that never ends its line does not fill the memory', async () => {
  const much = Array.from({ length: 5 }, () => bytes('x'.repeat(1024 * 1024)))
  await assert.rejects(eventsIn(...much), /more than/)
  assert.equal((await eventsIn(bytes('data: '), ...much.slice(0, 3), bytes('\n\n'))).length, 1)
})
