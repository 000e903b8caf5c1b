import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BrowserPerson } from '../../../test/contracts/browser-person.ts'
import { account, addDevice, type Stage, setStage } from '../stage.test.ts'
import { addPerson, authorizeUrl, crossDevice, password } from './stage.test.ts'

const typed = (more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  ...{ account, user: 'ann', password, ...more },
})

const remote = (stage: Stage): string =>
  authorizeUrl(stage, {
    client_id: crossDevice,
    redirect_uri: `${stage.sandbox.endpoint}/v1/sessions/confirmation`,
  })

test('a person signs in with a password and takes a code to the program', async (t) => {
  const stage = await setStage(t)
  await addPerson(stage)
  const page = await new BrowserPerson(typed()).open(remote(stage))
  assert.equal(new URL(page.url).pathname, '/v1/sessions/confirmation')
  const [, shown = ''] = /<code[^>]*>([^<]+)</.exec(page.text) ?? []
  const pasted = new URLSearchParams(Buffer.from(shown, 'base64').toString())
  assert.deepEqual([pasted.get('state'), pasted.get('code')?.length], ['st', 43])
})

test('who has a device types a code, too, and a code works once', async (t) => {
  const stage = await setStage(t)
  await addPerson(stage)
  const device = addDevice(stage, 'ann')
  const wrong = await new BrowserPerson(typed({ mfa_code: '000000' })).open(`${stage.sandbox.endpoint}/_console`)
  assert.match(wrong.text, /not one that the device shows now/)
  const fields = typed({ mfa_code: device.code() })
  const right = await new BrowserPerson(fields).open(remote(stage))
  assert.match(right.text, /Take this code/)
  const replayed = await new BrowserPerson(fields).open(remote(stage))
  assert.match(replayed.text, /not one that the device shows now, or it was used before/)
})

test('a wrong password, user and account read the same, and five of them make one wait', async (t) => {
  const stage = await setStage(t)
  await addPerson(stage)
  const at = remote(stage)
  for (const wrong of [{ password: 'x' }, { user: 'nobody' }, { account: '999999999999' }]) {
    const page = await new BrowserPerson(typed(wrong)).open(at)
    assert.equal(page.status, 401)
    assert.match(page.text, /Your authentication information is incorrect/)
  }
  for (let turn = 0; turn < 4; turn++) await new BrowserPerson(typed({ password: 'x' })).open(at)
  assert.match((await new BrowserPerson(typed()).open(at)).text, /Too many failed attempts/)
  stage.later(300)
  assert.match((await new BrowserPerson(typed()).open(at)).text, /Take this code/)
})

test('a request that may lead elsewhere is told to the person, and one that is wrong to the program', async (t) => {
  const stage = await setStage(t)
  const at = (change: Readonly<Record<string, string>>) => fetch(authorizeUrl(stage, change), { redirect: 'manual' })
  for (const redirect_uri of [
    'https://evil.example/oauth/callback',
    'http://127.0.0.1:1/other',
    'http://127.0.0.1.evil.example:1/oauth/callback',
    'http://localhost:1/oauth/callback',
    `${stage.sandbox.endpoint}/v1/sessions/confirmation`,
  ]) {
    const { status, headers } = await at({ redirect_uri })
    assert.deepEqual([status, headers.get('location')], [400, null], redirect_uri)
  }
  assert.equal((await at({ client_id: 'arn:aws:signin:::devtools/other' })).status, 400)
  assert.equal((await at({ client_id: crossDevice })).status, 400)
  const told: readonly [Readonly<Record<string, string>>, string][] = [
    [{ code_challenge_method: 'S256' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ scope: 'email' }, 'invalid_scope'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
  ]
  for (const [change, error] of told) {
    const location = new URL((await at(change)).headers.get('location') ?? '')
    assert.equal(location.origin, 'http://127.0.0.1:43210')
    assert.deepEqual([location.searchParams.get('error'), location.searchParams.get('state')], [error, 'st'])
  }
  assert.equal((await at({})).status, 200)
})

test('a form of elsewhere, or of another browser, signs nobody in', async (t) => {
  const stage = await setStage(t)
  await addPerson(stage)
  const { endpoint } = stage.sandbox
  const page = await fetch(`${endpoint}/_console`)
  const cookie = page.headers.getSetCookie()[0] ?? ''
  assert.match(cookie, /^mayfly-console-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
  const policy = page.headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/)
  assert.doesNotMatch(policy, /script-src|unsafe/)
  const [, form_token = ''] = /name="form_token" value="(\w+)"/.exec(await page.text()) ?? []
  const body = new URLSearchParams(typed({ form_token }))
  const post = async (headers: Readonly<Record<string, string>>): Promise<number> => {
    const init = { method: 'POST', headers, body, redirect: 'manual' } as const
    return (await fetch(`${endpoint}/_signin/password`, init)).status
  }
  const mine = cookie.split(';')[0] ?? ''
  assert.equal(await post({ origin: 'https://evil.example', cookie: mine }), 403)
  assert.equal(await post({ origin: endpoint }), 403)
  assert.equal(await post({ origin: endpoint, cookie: `${mine.slice(0, -43)}${'x'.repeat(43)}` }), 403)
  assert.equal(await post({ cookie: mine }), 403)
  assert.equal(await post({ origin: endpoint, cookie: mine }), 303)
})
