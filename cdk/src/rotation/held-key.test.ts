import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldKey, withKey } from './held-key.ts'

const key = { accessKeyId: 'AKIA1', secretAccessKey: 'hush' }

test('a key goes into the text and comes out, and the rest of the text stays', () => {
  const text = withKey('{"user_name":"ann","aws_access_key_id":"AKIA0","aws_secret_access_key":"old"}', key)
  assert.deepEqual(heldKey(text), key)
  assert.equal(JSON.parse(text).user_name, 'ann')
  assert.equal(heldKey('{"user_name":"ann"}'), undefined)
})

test('a text without a place for a key is refused, and not repeated', () => {
  for (const text of ['hush', '["hush"]', 'null', '"hush"'])
    assert.throws(
      () => heldKey(text),
      (error) =>
        error instanceof Error && /no JSON object/.test(error.message) && !/hush/.test(error.message) && !error.cause,
    )
})
