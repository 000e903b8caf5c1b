import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Browser, type LoginStage, loginStage, postForm, type Seen } from './stage.test.ts'

let stage: LoginStage
before(async () => {
  stage = await loginStage()
})
after(() => stage.close())
beforeEach(() => stage.later(120))

interface Asked {
  readonly device_code: string
  readonly user_code: string
  readonly verification_uri_complete: string
  readonly interval: number
}

async function ask(): Promise<Asked> {
  const answer = await fetch(`${stage.url}/oauth/device_authorization`, {
    method: 'POST',
    body: new URLSearchParams({ client_id: 'mayfly' }),
    headers: { 'user-agent': 'mayfly/1 <b>\u00e9</b>' },
  })
  assert.equal(answer.status, 200)
  return JSON.parse(await answer.text())
}

async function poll(
  deviceCode: string,
  url = stage.url,
): Promise<{ readonly error?: string; readonly access_token?: string }> {
  stage.later(2)
  const grant = 'urn:ietf:params:oauth:grant-type:device_code'
  const form = { grant_type: grant, client_id: 'mayfly', device_code: deviceCode }
  return JSON.parse(await (await postForm(`${url}/oauth/token`, form)).text())
}

async function signedIn(name = 'ann'): Promise<Browser> {
  const browser = new Browser()
  const person = { name, password: stage.password(name) }
  const callback = await browser.signIn(`${stage.url}/auth/corp/start?to=/device`, person, /\/auth\/corp\/callback/)
  assert.equal((await browser.get(callback)).status, 200)
  return browser
}

const ticketIn = ({ text }: Seen): string => /name="ticket" value="([^"]+)"/.exec(text)?.[1] ?? ''

/** Enters a code and gives the page that asks whether to let the device in. */
const enter = (browser: Browser, userCode: string): Promise<Seen> =>
  browser.post(`${stage.url}/device`, { user_code: userCode })

describe('a device', () => {
  test('is let in by who is signed in, once they have seen its code and where it asks from', async () => {
    const asked = await ask()
    assert.match(asked.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.deepEqual(await poll(asked.device_code), { error: 'authorization_pending' })
    const browser = await signedIn()
    const opened = await browser.get(asked.verification_uri_complete)
    assert.ok(opened.text.includes(`value="${asked.user_code}"`))
    const confirm = await enter(browser, asked.user_code.toLowerCase().replace('-', ' '))
    for (const shown of [asked.user_code, 'ann@example.com', '127.0.0.1 (the same as yours)', 'mayfly/1 &#60;b&#62;'])
      assert.ok(confirm.text.includes(shown), `${shown} in ${confirm.text}`)
    assert.deepEqual(await poll(asked.device_code), { error: 'authorization_pending' })
    const done = await browser.post(`${stage.url}/device/confirm`, { ticket: ticketIn(confirm), answer: 'allow' })
    assert.match(done.text, /is let in/)
    const { access_token: token = '' } = await poll(asked.device_code)
    const verdict = await stage.tokens.verify(token)
    assert.ok(verdict.allowed && verdict.principal.id === 'corp:ann@example.com')
    assert.deepEqual(await poll(asked.device_code), { error: 'authorization_pending' }, 'a login is given once')
  })

  test('is told when it was refused', async () => {
    const asked = await ask()
    const browser = await signedIn()
    const ticket = ticketIn(await enter(browser, asked.user_code))
    assert.match((await browser.post(`${stage.url}/device/confirm`, { ticket, answer: 'deny' })).text, /is refused/)
    assert.deepEqual(await poll(asked.device_code), { error: 'access_denied' })
    const again = await browser.post(`${stage.url}/device/confirm`, { ticket, answer: 'allow' })
    assert.equal(again.status, 400)
  })

  test('is sent to sign in first, and comes back with its code', async () => {
    stage.configure('access: {}')
    const asked = await ask()
    const browser = new Browser()
    const page = await browser.get(asked.verification_uri_complete)
    const to = `/device?user_code=${asked.user_code}`
    assert.ok(page.text.includes(`/auth/corp/start?to=${encodeURIComponent(to)}`), page.text)
    const scripted = await browser.get(`${stage.url}/device?user_code=${encodeURIComponent('"><script>')}`)
    assert.doesNotMatch(scripted.text, /<script/)
  })

  test('is not let in by a form of another site, nor by the ticket of somebody else', async () => {
    const asked = await ask()
    const [ann, bob] = [await signedIn('ann'), await signedIn('bob')]
    const evil = 'http://evil.example.com'
    assert.equal((await ann.post(`${stage.url}/device`, { user_code: asked.user_code }, evil)).status, 403)
    const ticket = ticketIn(await enter(bob, asked.user_code))
    const fields = { ticket, answer: 'allow' }
    assert.equal((await ann.post(`${stage.url}/device/confirm`, fields, evil)).status, 403)
    assert.equal((await ann.post(`${stage.url}/device/confirm`, fields)).status, 400)
    assert.equal((await new Browser().post(`${stage.url}/device/confirm`, fields)).status, 403)
    assert.equal(
      (await ann.post(`${stage.url}/device/confirm`, { user_code: asked.user_code, answer: 'allow' })).status,
      400,
    )
    assert.deepEqual(await poll(asked.device_code), { error: 'authorization_pending' })
    assert.equal((await bob.post(`${stage.url}/device/confirm`, fields)).status, 200)
    assert.ok((await poll(asked.device_code)).access_token)
  })

  test('that asks too often is told to slow down', async () => {
    const asked = await ask()
    const grant = 'urn:ietf:params:oauth:grant-type:device_code'
    const form = { grant_type: grant, client_id: 'mayfly', device_code: asked.device_code }
    const errors: unknown[] = []
    for (let turn = 0; turn < 4; turn++)
      errors.push(JSON.parse(await (await postForm(`${stage.url}/oauth/token`, form)).text()).error)
    assert.deepEqual(errors, [...Array(3).fill('authorization_pending'), 'slow_down'])
    assert.equal((await poll(asked.device_code)).error, 'authorization_pending')
  })

  test('waits ten minutes', async () => {
    const asked = await ask()
    const browser = await signedIn()
    stage.later(597)
    assert.equal((await poll(asked.device_code)).error, 'authorization_pending')
    stage.later(2)
    assert.equal((await poll(asked.device_code)).error, 'expired_token')
    assert.match((await enter(browser, asked.user_code)).text, /No device waits/)
    for (const wrong of ['', 'x', asked.device_code.slice(0, -3)])
      assert.equal((await poll(wrong)).error, 'expired_token')
  })

  test('’s code is not guessed: after a few wrong ones the person and the address wait', async () => {
    const asked = await ask()
    const browser = await signedIn()
    const statuses: number[] = []
    for (let guess = 0; guess < 10; guess++) statuses.push((await enter(browser, 'BBBB-BBBB')).status)
    assert.deepEqual(statuses, [...Array(8).fill(400), 429, 429])
    assert.equal((await enter(browser, asked.user_code)).status, 429)
    assert.equal((await enter(await signedIn('bob'), asked.user_code)).status, 429, 'the address')
    stage.later(20)
    assert.equal((await enter(browser, asked.user_code)).status, 200)
  })
})
