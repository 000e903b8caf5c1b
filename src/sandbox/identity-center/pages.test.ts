import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorizeUrl, type Client, codeGrant, oidc, register, type Stage, setSsoStage } from './stage.test.ts'

interface Page {
  readonly status: number
  readonly location: string | undefined
  readonly headers: Headers
  readonly text: string
}

/** A browser without a screen: it keeps one cookie, sends Origin with forms and follows no redirect. */
function browserOn({ sandbox }: Stage) {
  let cookie = ''
  const go = async (target: string, form?: Readonly<Record<string, string>>, more: object = {}): Promise<Page> => {
    const url = new URL(target, sandbox.endpoint)
    const answer = await fetch(url, {
      redirect: 'manual',
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
      headers: { ...(cookie ? { Cookie: cookie } : {}), ...(form ? { Origin: sandbox.endpoint } : {}), ...more },
    })
    const set = answer.headers.get('set-cookie')
    if (set) cookie = set.split(';')[0] ?? ''
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? undefined,
      headers: answer.headers,
      text: await answer.text(),
    }
  }
  const forget = (value = ''): void => {
    cookie = value
  }
  return { go, cookie: () => cookie, forget }
}

const tokenIn = ({ text }: Page): string => /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? assert.fail(text)

async function signedInBrowser(stage: Stage, userName = 'ann') {
  const browser = browserOn(stage)
  const shown = await browser.go('/start')
  const answer = await browser.go('/sign-in', { form_token: tokenIn(shown), user: userName, next: '/start' })
  assert.deepEqual([answer.status, answer.location], [303, '/start'])
  return browser
}

async function deviceCode(stage: Stage): Promise<{ client: Client; deviceCode: string; userCode: string }> {
  const client = await register(stage, {})
  const { body } = await oidc(stage, '/device_authorization', { ...client, startUrl: stage.sandbox.ssoStartUrl })
  return { client, deviceCode: String(body.deviceCode), userCode: String(body.userCode) }
}
const redeem = async (stage: Stage, { client, deviceCode: code }: Awaited<ReturnType<typeof deviceCode>>) =>
  (
    await oidc(stage, '/token', {
      ...client,
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: code,
    })
  ).errorType ?? 'token'

test('a page runs no script, stands in no frame, is kept nowhere; its cookie is for the browser alone', async (t) => {
  const stage = await setSsoStage(t)
  const { headers } = await browserOn(stage).go('/start')
  const policy = headers.get('content-security-policy') ?? ''
  assert.match(policy, /default-src 'none'.*style-src 'sha256-.*form-action 'self'.*frame-ancestors 'none'/)
  assert.ok(!/script|unsafe/.test(policy))
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('x-frame-options'), 'DENY')
  assert.match(headers.get('set-cookie') ?? '', /HttpOnly; SameSite=Strict/)
})

test('a person signs in, sees their accounts, allows a program, and the program gets its code', async (t) => {
  const stage = await setSsoStage(t)
  const client = await register(stage)
  const browser = browserOn(stage)
  const url = authorizeUrl(stage, client)
  const asked = await browser.go(url)
  const { pathname, search } = new URL(url)
  const next = pathname + search
  assert.ok(asked.text.includes('name="user"'))
  const wrong = await browser.go('/sign-in', { form_token: tokenIn(asked), user: '<b>eve</b>', next })
  assert.deepEqual([wrong.status, wrong.text.includes('<b>eve')], [401, false])
  const before = browser.cookie()
  const on = await browser.go('/sign-in', { form_token: tokenIn(asked), user: 'ann', next })
  assert.equal(on.location, next)
  assert.notEqual(browser.cookie(), before, 'who knew the cookie of before is not signed in with it')
  const consent = await browser.go(next)
  assert.match(consent.headers.get('content-security-policy') ?? '', /form-action 'self' http:\/\/127\.0\.0\.1:40001;/)
  const back = await browser.go(next, { form_token: tokenIn(consent), decision: 'allow' })
  const to = new URL(back.location ?? '')
  assert.equal(to.origin + to.pathname, 'http://127.0.0.1:40001/oauth/callback')
  const { status } = await oidc(stage, '/token', codeGrant(client, to.searchParams.get('code') ?? ''))
  assert.equal(status, 200)
  const denied = await browser.go(next, { form_token: tokenIn(consent), decision: 'deny' })
  assert.equal(new URL(denied.location ?? '').searchParams.get('error'), 'access_denied')
  assert.match((await browser.go('/start')).text, /Administrator/)
})

test('a device code is entered, shown back with the program’s name, and allowed', async (t) => {
  const stage = await setSsoStage(t)
  const browser = await signedInBrowser(stage)
  const grant = await deviceCode(stage)
  assert.equal((await browser.go('/device?user_code=AAAA-AAAA')).status, 404)
  const shown = await browser.go(`/device?user_code=${grant.userCode.toLowerCase().replace('-', '')}`)
  assert.ok(shown.text.includes(grant.userCode) && shown.text.includes('<strong>test</strong>'))
  assert.equal(await redeem(stage, grant), 'AuthorizationPendingException')
  const form = { form_token: tokenIn(shown), user_code: grant.userCode, decision: 'allow' }
  assert.match((await browser.go('/device', form)).text, /Request approved/)
  assert.equal(await redeem(stage, grant), 'token')
  assert.equal((await browser.go('/device', form)).status, 404, 'once')
})

test('a form counts only from a page of the sandbox, shown to this very browser', async (t) => {
  const stage = await setSsoStage(t)
  const browser = await signedInBrowser(stage)
  const other = await signedInBrowser(stage, 'bob')
  const grant = await deviceCode(stage)
  const page = await browser.go(`/device?user_code=${grant.userCode}`)
  const form = { form_token: tokenIn(page), user_code: grant.userCode, decision: 'allow' }
  const { endpoint } = stage.sandbox
  assert.equal((await browser.go('/device', { ...form, form_token: '' })).status, 403)
  assert.equal((await browser.go('/device', form, { Origin: 'https://evil.example' })).status, 403)
  assert.equal((await browser.go('/device', form, { Origin: 'null' })).status, 403)
  assert.equal((await browser.go('/device', form, { Origin: endpoint.replace(/\d+$/, '1') })).status, 403)
  assert.equal((await other.go('/device', form)).status, 403, 'the token of another browser')
  assert.equal((await browser.go('/device', form, { 'Content-Type': 'text/plain' })).status, 415)
  browser.forget()
  assert.equal((await browser.go('/device', form)).status, 403, 'no cookie')
  assert.equal(await redeem(stage, grant), 'AuthorizationPendingException')
  assert.equal((await other.go('/device', { ...form, form_token: tokenIn(await other.go('/start')) })).status, 200)
  assert.equal(await redeem(stage, grant), 'token')
})

test('after a sign-in one is sent to pages of the sandbox only', async (t) => {
  const stage = await setSsoStage(t)
  for (const next of [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example',
    '/start/../x',
    '/device\r\nX: y',
    '',
  ]) {
    const browser = browserOn(stage)
    const form_token = tokenIn(await browser.go('/start'))
    assert.equal((await browser.go('/sign-in', { form_token, user: 'ann', next })).location, '/start', next)
  }
  const browser = browserOn(stage)
  const form_token = tokenIn(await browser.go('/start'))
  const next = '/device?user_code=BCDF-GHJK'
  assert.equal((await browser.go('/sign-in', { form_token, user: 'ann', next })).location, next)
})

test('signing out ends the browser’s session, and eight hours do', async (t) => {
  const stage = await setSsoStage(t)
  const browser = await signedInBrowser(stage)
  const kept = browser.cookie()
  const page = await browser.go('/start')
  await browser.go('/sign-out', { form_token: tokenIn(page) })
  browser.forget(kept)
  assert.match((await browser.go('/start')).text, /name="user"/)
  const again = await signedInBrowser(stage)
  stage.later(8 * 3600 - 1)
  assert.match((await again.go('/start')).text, /Signed in as/)
  stage.later(1)
  assert.match((await again.go('/start')).text, /name="user"/)
})

test('names of programs and people are text, whatever they hold', async (t) => {
  const stage = await setSsoStage(t)
  const browser = await signedInBrowser(stage)
  const client = await register(stage, {
    redirectUris: ['http://127.0.0.1/oauth/callback'],
    clientName: '<script>"\'&',
  })
  const { text } = await browser.go(authorizeUrl(stage, client))
  assert.ok(!text.includes('<script') && text.includes('&#60;script&#62;&#34;&#39;&#38;'))
})
