import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  authorizeUrl,
  Browser,
  challenge,
  type LoginStage,
  loginStage,
  postForm,
  redirectUri,
  signInAnn,
  verifier,
} from './stage.test.ts'

let stage: LoginStage
before(async () => {
  stage = await loginStage()
})
after(() => stage.close())
// So that what one test uses up is there again for the next.
beforeEach(() => stage.later(40))

const trade = (code: string, more: Readonly<Record<string, string>> = {}, url = stage.url): Promise<Response> =>
  postForm(`${url}/oauth/token`, {
    ...{
      grant_type: 'authorization_code',
      client_id: 'mayfly',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      code,
    },
    ...more,
  })

const me = (token: string, url = stage.url): Promise<Response> =>
  fetch(`${url}/v1/me`, { headers: { authorization: `Bearer ${token}` } })

const errorOf = async (answer: Response): Promise<unknown> => {
  const body: unknown = await answer.json()
  return typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined
}

const tokenIn = async (answer: Response): Promise<string> => {
  const body: unknown = await answer.json()
  assert.equal(answer.status, 200, JSON.stringify(body))
  assert.ok(typeof body === 'object' && body !== null && 'access_token' in body)
  return String(body.access_token)
}

/** A browser that ann has signed in with. */
async function annsBrowser(): Promise<Browser> {
  const browser = new Browser()
  const callback = await browser.signIn(
    `${stage.url}/auth/corp/start?to=/sessions`,
    { name: 'ann', password: stage.password('ann') },
    /\/auth\/corp\/callback/,
  )
  const landed = await browser.get(callback)
  assert.equal(landed.status, 200, landed.text)
  return browser
}

describe('a program on a person’s machine', () => {
  test('is given a code by way of the browser, and a login for it', async () => {
    const back = await signInAnn(stage)
    assert.equal(back.searchParams.get('state'), 'state-1')
    assert.equal(back.searchParams.get('iss'), stage.url)
    const token = await tokenIn(await trade(back.searchParams.get('code') ?? ''))
    assert.deepEqual(await (await me(token)).json(), { id: 'corp:ann@example.com' })
    const last = (await stage.logins()).at(-1)
    assert.ok(last?.kind === 'login' && last.name === 'ann@example.com' && last.sourceIp === '127.0.0.1')
  })

  test('cannot trade a code twice', async () => {
    const code = (await signInAnn(stage)).searchParams.get('code') ?? ''
    await tokenIn(await trade(code))
    assert.equal(await errorOf(await trade(code)), 'invalid_grant')
  })

  for (const [what, more] of Object.entries({
    'without the verifier': { code_verifier: '' },
    'with another verifier': { code_verifier: 'w'.repeat(43) },
    'with the challenge in its place': { code_verifier: challenge },
    'with another redirect_uri': { redirect_uri: 'http://127.0.0.1:4712/oauth/callback' },
  }))
    test(`cannot trade a code ${what}, nor try again with what is right`, async () => {
      const code = (await signInAnn(stage)).searchParams.get('code') ?? ''
      assert.equal(await errorOf(await trade(code, more)), 'invalid_grant')
      assert.equal(await errorOf(await trade(code)), 'invalid_grant')
    })

  test('cannot trade what is no code: a login cookie, a token, a code that was changed', async () => {
    const browser = new Browser()
    await browser.get(authorizeUrl(stage.url))
    const [cookie = ''] = browser.cookies.values()
    const code = (await signInAnn(stage)).searchParams.get('code') ?? ''
    for (const wrong of [cookie, '', 'x', `${code.slice(0, -4)}AAAA`])
      assert.equal(await errorOf(await trade(wrong)), 'invalid_grant')
    await tokenIn(await trade(code))
  })

  test('goes on with another broker of the same key, for which the login of this one is none', async () => {
    const other = await stage.second()
    const foreign = await stage.second({ ownKey: true })
    const code = (await signInAnn(stage)).searchParams.get('code') ?? ''
    assert.equal(await errorOf(await trade(code, {}, foreign.url)), 'invalid_grant')
    // Another public URL is another audience, whatever the key.
    assert.equal(await errorOf(await trade(code, {}, other.url)), 'invalid_grant')
    const token = await tokenIn(await trade(code))
    assert.equal((await me(token, foreign.url)).status, 401)
    assert.equal((await me(token, other.url)).status, 401)
    assert.equal((await me(token)).status, 200)
  })

  for (const [what, more] of Object.entries({
    'another machine': { redirect_uri: 'http://evil.example.com/' },
    'a name that begins like loopback': { redirect_uri: 'http://127.0.0.1.evil.example.com/' },
    'a user in front of the host': { redirect_uri: 'http://127.0.0.1@evil.example.com/' },
    'a backslash': { redirect_uri: 'http://127.0.0.1:1\\@evil.example.com/' },
    'a name of this machine that somebody may have changed': { redirect_uri: 'http://localhost:1/' },
    'a script': { redirect_uri: 'javascript:alert(1)' },
    'another program': { client_id: 'other' },
  }))
    test(`is not sent to ${what}`, async () => {
      const seen = await new Browser().get(authorizeUrl(stage.url, more))
      assert.deepEqual([seen.status, seen.location], [400, undefined])
    })

  test('may listen on any port, and must bring a challenge by SHA-256', async () => {
    for (const uri of ['http://127.0.0.1:65535/x', 'http://[::1]:99/'])
      assert.equal((await new Browser().get(authorizeUrl(stage.url, { redirect_uri: uri }))).status, 303)
    for (const more of [{ code_challenge_method: 'plain' }, { code_challenge: '' }, { response_type: 'token' }]) {
      const { location } = await new Browser().get(authorizeUrl(stage.url, more))
      assert.match(location ?? '', /^http:\/\/127\.0\.0\.1:4711\/oauth\/callback\?error=/)
    }
    const twice = `${authorizeUrl(stage.url)}&redirect_uri=http%3A%2F%2Fevil.example.com`
    assert.equal((await new Browser().get(twice)).status, 400)
  })

  test('lets the person choose where there are several ways in', async () => {
    const browser = new Browser()
    const page = await browser.get(authorizeUrl(stage.url, { authenticator: '' }))
    assert.match(page.text, /\/auth\/corp\/start\?flow=/)
    assert.match(page.text, /\/auth\/idp\/start\?flow=/)
    assert.doesNotMatch(page.text, /auth\/ci/)
    assert.match(
      page.headers.get('content-security-policy') ?? '',
      /default-src 'none'; style-src 'sha256-[^']+'; form-action 'self'/,
    )
    const href = /href="(\/auth\/corp\/start[^"]+)"/.exec(page.text)?.[1] ?? ''
    const ann = { name: 'ann', password: stage.password('ann') }
    const back = new URL(await browser.signIn(stage.url + href, ann, /:4711/))
    await tokenIn(await trade(back.searchParams.get('code') ?? ''))
    assert.equal((await browser.get(`${stage.url}/auth/corp/start?flow=forged`)).status, 400)
  })
})

describe('a person at the page', () => {
  test('has a cookie that no script reads and no other site sends', async () => {
    const browser = new Browser()
    const callback = await browser.signIn(
      `${stage.url}/auth/corp/start?to=/x`,
      { name: 'ann', password: stage.password('ann') },
      /\/auth\/corp\/callback/,
    )
    const landed = await browser.get(callback)
    const set = landed.headers.getSetCookie().find((line) => line.startsWith('mayfly='))
    assert.match(set ?? '', /; HttpOnly/)
    assert.match(set ?? '', /; SameSite=Strict/)
    assert.match(landed.text, /<meta http-equiv="refresh" content="0; url=\/x">/)
    assert.equal((await browser.get(`${stage.url}/v1/me`)).status, 200)
  })

  test('is not signed in a second time by the same way back, whoever takes it', async () => {
    const browser = new Browser()
    const ann = { name: 'ann', password: stage.password('ann') }
    const callback = await browser.signIn(`${stage.url}/auth/corp/start`, ann, /\/auth\/corp\/callback/)
    const thief = new Browser()
    const kept = new Map(browser.cookies)
    assert.equal((await thief.get(callback)).status, 400)
    assert.equal((await browser.get(callback)).status, 200)
    assert.equal((await browser.get(callback)).status, 400)
    for (const [name, value] of kept) thief.cookies.set(name, value)
    assert.equal((await thief.get(callback)).status, 401)
    assert.match(JSON.stringify((await stage.logins()).at(-1)), /proof-replayed/)
  })

  test('is not signed in with a way back of somebody else’s login', async () => {
    const [victim, attacker] = [new Browser(), new Browser()]
    await victim.get(`${stage.url}/auth/corp/start`)
    const bob = { name: 'bob', password: stage.password('bob') }
    const callback = await attacker.signIn(`${stage.url}/auth/corp/start`, bob, /\/auth\/corp\/callback/)
    assert.equal((await victim.get(callback)).status, 401)
    assert.match(JSON.stringify((await stage.logins()).at(-1)), /state is not that/)
  })

  test('is taken to no other place than ours', async () => {
    for (const to of [
      'https://evil.example.com',
      '//evil.example.com',
      '/\\evil.example.com',
      '/\t/evil.example.com',
      'javascript:1',
    ]) {
      const browser = new Browser()
      const begin = `${stage.url}/auth/corp/start?to=${encodeURIComponent(to)}`
      const callback = await browser.signIn(
        begin,
        { name: 'ann', password: stage.password('ann') },
        /\/auth\/corp\/callback/,
      )
      assert.match((await browser.get(callback)).text, /content="0; url=\/"/)
    }
  })

  test('changes nothing by a call that does not come from our page', async () => {
    const browser = await annsBrowser()
    const call = (headers: Readonly<Record<string, string>>): Promise<{ readonly status: number }> =>
      browser.send(new Request(`${stage.url}/v1/me`, { method: 'POST', headers: { ...headers } }))
    assert.equal((await call({ origin: stage.url, 'x-mayfly-csrf': '1' })).status, 200)
    for (const headers of [
      {},
      { origin: stage.url },
      { 'x-mayfly-csrf': '1' },
      { origin: 'null', 'x-mayfly-csrf': '1' },
      { origin: 'http://evil.example.com', 'x-mayfly-csrf': '1' },
      { origin: `${stage.url}.evil.example.com`, 'x-mayfly-csrf': '1' },
    ])
      assert.equal((await call({ ...headers })).status, 403)
    assert.equal((await browser.get(`${stage.url}/v1/me`)).status, 200)
  })

  test('is out once they sign out, wherever their login was copied to', async () => {
    const browser = await annsBrowser()
    const copied = new Browser()
    for (const [name, value] of browser.cookies) copied.cookies.set(name, value)
    assert.equal((await browser.post(`${stage.url}/auth/logout`, {}, 'http://evil.example.com')).status, 403)
    assert.equal((await browser.get(`${stage.url}/v1/me`)).status, 200)
    assert.equal((await browser.post(`${stage.url}/auth/logout`, {})).status, 204)
    assert.equal((await browser.get(`${stage.url}/v1/me`)).status, 401)
    assert.equal((await copied.get(`${stage.url}/v1/me`)).status, 401)
  })

  test('is out once they are revoked, and in again when they sign in after it', async () => {
    const code = (await signInAnn(stage)).searchParams.get('code') ?? ''
    const token = await tokenIn(await trade(code))
    stage.later(1)
    const at = stage.now().getTime()
    const target = { kind: 'principal', principalId: 'corp:ann@example.com' } as const
    const order = { revocationId: 'v1', target, by: 'x', byName: 'x', reason: 'lost', sessions: [] }
    await stage.ledger.append([{ kind: 'revoked', at, ...order }])
    const answer = await me(token)
    assert.equal(answer.status, 401)
    assert.deepEqual(JSON.parse(JSON.stringify(await errorOf(answer))).code, 'principal-revoked')
    stage.later(1)
    const fresh = await tokenIn(await trade((await signInAnn(stage)).searchParams.get('code') ?? ''))
    assert.equal((await me(fresh)).status, 200)
  })
})

describe('a person with a SAML provider', () => {
  /** Begins a login and gives what the provider would answer with. */
  async function begin(browser: Browser, changes: object = {}): Promise<string> {
    const { location = '' } = await browser.get(`${stage.url}/auth/idp/start?to=/x`)
    const { inflateRawSync } = await import('node:zlib')
    const request = inflateRawSync(
      Buffer.from(new URL(location).searchParams.get('SAMLRequest') ?? '', 'base64'),
    ).toString()
    const inResponseTo = / ID="([^"]+)"/.exec(request)?.[1] ?? ''
    const recipient = / AssertionConsumerServiceURL="([^"]+)"/.exec(request)?.[1] ?? ''
    await stage.control('PUT', 'saml-idp', { users: { ann: { password: 'x'.repeat(12) } } })
    const bound = { destination: recipient, recipient, audience: stage.url, inResponseTo }
    const made = await stage.control('POST', 'saml-idp/response', { user: 'ann', ...bound, ...changes })
    return String(made.samlResponse)
  }

  test('comes back by a POST of another site, which brings no cookie, and is in', async () => {
    const browser = new Browser()
    const SAMLResponse = await begin(browser)
    const posted = await postForm(`${stage.url}/auth/idp/callback`, { SAMLResponse }).then((answer) => answer.url)
    // Followed without the cookie: the login is not that of whoever holds the response.
    assert.match(posted, /answer=/)
    const answer = await fetch(`${stage.url}/auth/idp/callback`, {
      method: 'POST',
      body: new URLSearchParams({ SAMLResponse }),
      redirect: 'manual',
    })
    const landed = await browser.get(answer.headers.get('location') ?? '')
    assert.match(landed.text, /Signed in/)
    assert.deepEqual(JSON.parse((await browser.get(`${stage.url}/v1/me`)).text), { id: 'idp:ann' })
    assert.equal((await new Browser().get(answer.headers.get('location') ?? '')).status, 400)
  })

  test('is not in by a response that another login got', async () => {
    const [mine, theirs] = [new Browser(), new Browser()]
    const SAMLResponse = await begin(mine)
    await begin(theirs)
    const { location = '' } = await theirs.post(`${stage.url}/auth/idp/callback`, { SAMLResponse })
    assert.equal((await theirs.get(location)).status, 401)
  })
})

describe('a workload', () => {
  const proof = async (more: object = {}) => ({
    authenticator: 'ci',
    proof: { token: (await stage.control('POST', 'tokens', { audience: [stage.url], subject: 'job', ...more })).token },
  })
  const show = (body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${stage.url}/v1/tokens`, { method: 'POST', body: JSON.stringify(body), headers: { ...headers } })

  test('trades its proof for a login that ends with it', async () => {
    const answer = await show(await proof({ lifetime: 600 }))
    const body = JSON.parse(await answer.text())
    assert.equal(answer.status, 200)
    assert.equal(body.principal.id, 'ci:job')
    assert.equal((await me(body.token)).status, 200)
    stage.later(601)
    assert.equal((await me(body.token)).status, 401)
  })

  test('is told the kind of a refusal alone; the reason is in the ledger, on one line', async () => {
    const answer = await show(await proof({ flaw: 'alg-none' }))
    assert.equal(answer.status, 401)
    assert.deepEqual(await errorOf(answer), {
      code: 'proof-invalid',
      message: 'The proof was not taken. The ledger of the broker says why.',
    })
    assert.equal((await show({ authenticator: 'no\nsuch\u001b[2J', proof: {} })).status, 403)
    const last = (await stage.logins()).at(-1)
    assert.ok(last?.kind === 'login-refused')
    assert.equal(last.authenticator, 'no\\u{a}such\\u{1b}[2J')
    for (const body of ['', '[]', '{"authenticator":7}'])
      assert.equal((await fetch(`${stage.url}/v1/tokens`, { method: 'POST', body })).status, 400)
    assert.equal((await show({ authenticator: 'corp', proof: {} })).status, 403)
  })

  test('is not let in when its login cannot be written down', async () => {
    const down = stage.ledger.append
    Object.assign(stage.ledger, { append: () => Promise.reject(new Error('the disk is full')) })
    try {
      assert.equal((await show(await proof())).status, 500)
    } finally {
      Object.assign(stage.ledger, { append: down })
    }
    assert.equal((await show(await proof())).status, 200)
  })

  test('that guesses is told to wait, and its X-Forwarded-For helps it nothing', async () => {
    stage.later(3600)
    const statuses: number[] = []
    let wait: string | null = null
    for (let guess = 0; guess < 25; guess++) {
      const answer = await show(
        { authenticator: 'ci', proof: { token: 'x' } },
        { 'x-forwarded-for': `192.0.2.${guess}` },
      )
      statuses.push(answer.status)
      wait = answer.headers.get('retry-after') ?? wait
    }
    assert.equal(statuses.at(0), 400)
    assert.equal(statuses.at(-1), 429)
    assert.equal(wait, '2')
    stage.later(3600)
    assert.equal((await show({ authenticator: 'ci', proof: { token: 'x' } })).status, 400)
  })

  test('that comes from the address of one that guesses is let in, and the ledger has no more of the guesses', async () => {
    stage.later(3600)
    const refusals = async (): Promise<number> => {
      let rows = 0
      for await (const _ of stage.ledger.events({ kinds: ['login-refused'] })) rows++
      return rows
    }
    const before = await refusals()
    const guess = async () => (await show({ authenticator: 'ci', proof: { token: 'x' } })).status
    for (let turn = 0; turn < 30; turn++) await guess()
    assert.equal(await guess(), 429)
    assert.equal((await refusals()) - before, 20)
    assert.equal((await show(await proof())).status, 200)
  })
})
