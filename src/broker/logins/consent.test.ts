import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { authorizeUrl, Browser, type LoginStage, loginStage, redirectUri, type Seen } from './stage.test.ts'

let stage: LoginStage
before(async () => {
  stage = await loginStage()
})
after(() => stage.close())
beforeEach(() => stage.later(40))

/** What a browser shows that comes back from the identity provider, on behalf of a program. */
async function asked(browser: Browser): Promise<Seen & { readonly ticket: string }> {
  const ann = { name: 'ann', password: stage.password('ann') }
  const page = await browser.get(await browser.signIn(authorizeUrl(stage.url), ann, /\/auth\/corp\/callback/))
  return { ...page, ticket: /name="ticket" value="([^"]+)"/.exec(page.text)?.[1] ?? '' }
}

const answered = (browser: Browser, fields: Readonly<Record<string, string>>, from?: string): Promise<Seen> =>
  browser.post(`${stage.url}/oauth/consent`, fields, from)

/** Where the page that follows leads. */
const ledTo = ({ text }: Seen): URL =>
  new URL(/content="0; url=([^"]+)"/.exec(text)?.[1]?.replaceAll('&#38;', '&') ?? 'none:')

describe('a person whose browser a program has opened', () => {
  test('is shown who asks and where it waits, and without their yes it is given nothing', async () => {
    const browser = new Browser()
    await asked(browser)
    // The provider knows them by now, and asks nothing.
    const page = await asked(browser)
    assert.equal(page.status, 200)
    assert.equal(page.location, undefined)
    assert.match(page.text, /ann@example\.com/)
    assert.match(page.text, /127\.0\.0\.1:4711/)
    assert.doesNotMatch(page.text, /[?&;]code=/)
    assert.match(page.headers.get('content-security-policy') ?? '', /form-action 'self'; frame-ancestors 'none'/)
    const back = ledTo(await answered(browser, { ticket: page.ticket, answer: 'allow' }))
    assert.equal(back.origin + back.pathname, redirectUri)
    assert.deepEqual([...back.searchParams.keys()].sort(), ['code', 'iss', 'state'])
  })

  test('refuses it: it is told so, and so is the ledger', async () => {
    for (const answer of [{ answer: 'deny' }, {}] as const) {
      const browser = new Browser()
      const { ticket } = await asked(browser)
      const back = ledTo(await answered(browser, { ticket, ...answer }))
      assert.equal(back.origin + back.pathname, redirectUri)
      assert.deepEqual(Object.fromEntries(back.searchParams), {
        ...{ error: 'access_denied', iss: stage.url, state: 'state-1' },
      })
      const last = (await stage.logins()).at(-1)
      assert.ok(last?.kind === 'login-refused')
      assert.equal(last.because, 'corp:ann@example.com refused a program that waits at 127.0.0.1:4711')
    }
  })

  test('says yes on our page, in this browser, once and in time', async () => {
    const [browser, other] = [new Browser(), new Browser()]
    const { ticket } = await asked(browser)
    const yes = { ticket, answer: 'allow' }
    const { ticket: others } = await asked(other)
    assert.equal((await answered(browser, yes, 'https://evil.example.com')).status, 403)
    assert.equal((await answered(browser, yes, 'null')).status, 403)
    assert.equal((await answered(new Browser(), yes)).status, 400)
    assert.equal((await answered(other, yes)).status, 400)
    const { ticket: fresh } = await asked(browser)
    assert.equal((await answered(browser, { ticket: `${fresh.slice(0, -4)}AAAA`, answer: 'allow' })).status, 400)
    await asked(browser)
    assert.equal((await answered(browser, { ticket: others, answer: 'allow' })).status, 400, 'what another was shown')
    const { ticket: best } = await asked(browser)
    const kept = new Map(browser.cookies)
    assert.ok(ledTo(await answered(browser, { ticket: best, answer: 'allow' })).searchParams.has('code'))
    for (const [name, value] of kept) browser.cookies.set(name, value)
    assert.match((await answered(browser, { ticket: best, answer: 'allow' })).text, /has had its answer/)
    const { ticket: late } = await asked(browser)
    stage.later(301)
    assert.equal((await answered(browser, { ticket: late, answer: 'allow' })).status, 400)
  })
})
