import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { until } from '../../test/contracts/until.ts'
import { Failure } from '../model/failure.ts'
import { awaitCallback } from './loopback-callback.ts'

const usual = { path: '/oauth/callback', timeoutMs: 5000, page: 'You are signed in <here> & may close this window.' }

test('gives the query a browser brings, shows the page as text, and stops listening', async () => {
  const { redirectUri, answer } = await awaitCallback(usual)
  assert.match(redirectUri, /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/)
  const page = await fetch(`${redirectUri}?code=abc&state=x`)
  assert.equal(page.status, 200)
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
  assert.equal(page.headers.get('cache-control'), 'no-store')
  assert.match(await page.text(), /&#60;here&#62; &#38; may/)
  assert.equal((await answer).get('code'), 'abc')
  const isAnswered = (): Promise<boolean> =>
    fetch(`${redirectUri}?code=again`).then(
      () => true,
      () => false,
    )
  await until(async () => !(await isAnswered()), 'the end of listening')
})

test('gives the form a browser posts', async () => {
  const { redirectUri, answer } = await awaitCallback({ ...usual, path: '/saml', state: 'relay' })
  const body = new URLSearchParams({ SAMLResponse: 'PHg+', RelayState: 'relay' })
  assert.equal((await fetch(redirectUri, { method: 'POST', body })).status, 200)
  assert.equal((await answer).get('SAMLResponse'), 'PHg+')
})

test('an answer with another state, or none, is turned away, and the right one still counts', async (t) => {
  const { redirectUri, answer, close } = await awaitCallback({ ...usual, state: 'mine' })
  t.after(close)
  for (const query of ['code=evil', 'code=evil&state=', 'code=evil&state=mino', 'code=evil&state=other&state=mine'])
    assert.equal((await fetch(`${redirectUri}?${query}`)).status, 400)
  assert.equal((await fetch(`${redirectUri}?code=good&state=mine`)).status, 200)
  assert.equal((await answer).get('code'), 'good')
})

test('other paths, methods, kinds of body and names of the host are turned away; localhost is not', async (t) => {
  const { redirectUri, answer, close } = await awaitCallback(usual)
  t.after(close)
  const { origin, port } = new URL(redirectUri)
  assert.equal((await fetch(`${origin}/`)).status, 404)
  assert.equal((await fetch(redirectUri, { method: 'PUT' })).status, 405)
  assert.equal((await fetch(redirectUri, { method: 'POST', body: '{}' })).status, 415)
  const large = new URLSearchParams({ SAMLResponse: 'x'.repeat(600_000) })
  assert.equal((await fetch(redirectUri, { method: 'POST', body: large }).catch(() => ({ status: 413 }))).status, 413)
  const named = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      request(`${redirectUri}?code=1`, { headers: { host } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
  assert.equal(await named(`evil.example:${port}`), 403)
  assert.equal(await named(`localhost:${port}`), 200)
  assert.equal((await answer).get('code'), '1')
})

test('who does not come back in time is waited for no longer', async () => {
  const { answer } = await awaitCallback({ ...usual, timeoutMs: 20 })
  await assert.rejects(answer, (error) => error instanceof Failure && error.code === 'login-needed')
})

test('closing gives the wait up, once or twice', async () => {
  const { answer, close } = await awaitCallback(usual)
  await Promise.all([close(), close()])
  await assert.rejects(answer, (error) => error instanceof Failure && error.code === 'interrupted')
})

test('a port that is taken is told', async (t) => {
  const first = await awaitCallback(usual)
  t.after(first.close)
  await assert.rejects(
    awaitCallback({ ...usual, port: Number(new URL(first.redirectUri).port) }),
    (error) => error instanceof Failure && error.code === 'network',
  )
})

test('who is to answer by hand is shown the form, and only what is posted counts', async () => {
  const form = '<textarea name="SAMLResponse"></textarea>'
  const { redirectUri, answer, close } = await awaitCallback({ ...usual, path: '/saml', state: 'a&b', form })
  assert.equal((await fetch(redirectUri)).status, 400, 'the form is for who knows the state')
  const shown = await fetch(`${redirectUri}?state=a%26b&SAMLResponse=PHg%2B`)
  assert.match(await shown.text(), /<form method="post" action="\/saml">.*value="a&#38;b".*<textarea/)
  assert.match(shown.headers.get('content-security-policy') ?? '', /form-action 'self'/)
  const wrong = await fetch(redirectUri, { method: 'POST', body: new URLSearchParams({ SAMLResponse: 'PHk+' }) })
  assert.equal(wrong.status, 400)
  await fetch(redirectUri, { method: 'POST', body: new URLSearchParams({ SAMLResponse: 'PHg+', state: 'a&b' }) })
  assert.equal((await answer).get('SAMLResponse'), 'PHg+')
  await close()
})
