import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Hono } from 'hono'
import { hostGuard, ourHost, safeHeaders } from './guard.ts'

test('an answer may load files of this broker and nothing else, and no style or script within it', async () => {
  const app = new Hono().use(safeHeaders()).get('/', (c) => c.html('<p>'))
  const { headers } = await app.request('/')
  const policy = headers.get('Content-Security-Policy') ?? ''
  assert.match(policy, /^default-src 'none'/)
  assert.match(policy, /frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /unsafe|\*|https?:/)
  assert.equal(headers.get('X-Content-Type-Options'), 'nosniff')
  assert.equal(headers.get('Referrer-Policy'), 'no-referrer')
})

test('a page that says itself what it loads and tells keeps its word', async () => {
  const app = new Hono().use(safeHeaders()).get('/', (c) => {
    c.header('Content-Security-Policy', "default-src 'none'")
    c.header('Referrer-Policy', 'same-origin')
    return c.html('<p>')
  })
  const { headers } = await app.request('/')
  assert.equal(headers.get('Content-Security-Policy'), "default-src 'none'")
  assert.equal(headers.get('Referrer-Policy'), 'same-origin')
  assert.equal(headers.get('X-Frame-Options'), 'DENY')
})

test('a request for a name that is not ours is refused, and one for ours passes', async () => {
  const isOurHost = ourHost(
    () => ({ publicUrl: 'https://mayfly.example' }),
    () => 8484,
  )
  const app = new Hono().use(hostGuard(isOurHost)).get('/', (c) => c.text('in'))
  const status = async (host: string): Promise<number> => (await app.request('/', { headers: { host } })).status
  assert.equal(await status('evil.example'), 421)
  assert.equal(await status('mayfly.example:8484'), 421)
  assert.equal(await status('mayfly.example'), 200)
  assert.equal(await status('127.0.0.1:8484'), 200)
})
