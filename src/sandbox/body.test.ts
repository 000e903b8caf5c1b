import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../wire/sigv4/canonical.ts'
import { checkedBody, readWhole } from './body.ts'

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

const request = (...headers: readonly (readonly [string, string])[]) => ({ method: 'PUT', target: '/', headers })

test('a body is read whole up to its limit, and refused one byte further', async () => {
  assert.equal(Buffer.from(await readWhole(pieces('ab', 'cd'), 4)).toString(), 'abcd')
  await assert.rejects(readWhole(pieces('ab', 'cde'), 4), { code: 'RequestEntityTooLarge', status: 413 })
  assert.equal((await readWhole(pieces())).length, 0)
})

test('a body is what its digest says, or its end throws', async () => {
  const declared = request(['x-amz-content-sha256', sha256('abcd')])
  assert.equal(Buffer.from(await checkedBody(declared, pieces('ab', 'cd'), undefined).whole()).toString(), 'abcd')
  await assert.rejects(checkedBody(declared, pieces('ab', 'ce'), undefined).whole(), {
    code: 'XAmzContentSHA256Mismatch',
  })
  await assert.rejects(checkedBody(declared, pieces('ab'), undefined).whole(), { code: 'XAmzContentSHA256Mismatch' })
})

test('chunks need a signature', async () => {
  const chunked = request(['x-amz-content-sha256', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'])
  const { whole } = checkedBody(chunked, pieces('0\r\n\r\n'), undefined)
  await assert.rejects(async () => whole(), { code: 'AccessDenied' })
})
