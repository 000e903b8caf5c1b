import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { whoIs } from '../contracts/broker-stage.ts'
import { type PageBroker, pageBroker } from '../contracts/page-broker.ts'
import { noChromium, scriptingBrowser } from './chromium.ts'

const built = existsSync(join(import.meta.dirname, '..', '..', 'dashboard', 'dist', 'index.html'))
const skip = noChromium || (!built && 'the page is not built: sh scripts/setup')

/** Where screenshots are left to be looked at; unset: nowhere. */
const album = process.env.MAYFLY_TEST_SCREENSHOTS
const shoot = async (page: Page, name: string): Promise<void> => {
  if (album) await page.screenshot({ path: join(album, `${name}.png`) })
}

interface Opened extends PageBroker {
  readonly page: Page
  /** What the browser refused by the policy of the broker, and what went wrong in scripts. */
  readonly wrongs: readonly string[]
}

/** A broker, and somebody who has signed in at its page. */
async function opened(t: TestContext, name: 'ann' | 'bob' | 'carol', options?: BrowserContextOptions): Promise<Opened> {
  const broker = await pageBroker(t)
  const context = await scriptingBrowser(t, { viewport: { width: 1280, height: 800 }, ...options })
  const page = await context.newPage()
  const wrongs: string[] = []
  page.on('pageerror', (error) => wrongs.push(error.message))
  page.on('dialog', (dialog) => wrongs.push(`dialog: ${dialog.message()}`))
  page.on('console', (line) => {
    if (/Content Security Policy/i.test(line.text())) wrongs.push(line.text())
  })
  await page.goto(broker.url)
  await page.getByRole('link', { name: 'Sign in with corp' }).click()
  await page.getByLabel('Name').fill(name)
  const password = broker.stage.sandbox.oidcPeople.find((person) => person.name === name)?.password ?? ''
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('banner').getByText('Live').waitFor()
  return { ...broker, page, wrongs }
}

const goTo = (page: Page, name: string): Promise<void> =>
  page.getByRole('navigation').getByRole('link', { name }).click()

const row = (page: Page, ...texts: readonly string[]) =>
  texts.reduce((rows, hasText) => rows.filter({ hasText }), page.getByRole('grid').getByRole('row'))

test('an authenticator that is broken stays listed, and an admin learns why', { skip }, async (t) => {
  const { page, url } = await opened(t, 'ann')
  await goTo(page, 'Ledger')
  await page.getByText('Nobody can sign in by old at present').waitFor()
  await page.getByText('127.0.0.1:9').waitFor()
  await page.context().clearCookies()
  await page.goto(url)
  await page.getByText('Cannot be used at present.').waitFor()
  assert.equal(await page.getByText('127.0.0.1:9').count(), 0)
  await shoot(page, 'sign-in')
  assert.ok(await page.getByRole('button', { name: 'Sign in with old' }).isDisabled())
  assert.ok(await page.getByRole('link', { name: 'Sign in with corp' }).isVisible())
})

test('an admin sees a session appear, revokes its person after a dry run, and sees what runs on', {
  skip,
}, async (t) => {
  const { page, as, stage, wrongs } = await opened(t, 'ann')
  const taken = await as('bob', '/v1/sessions', { role: 'reader' })
  assert.equal(taken.status, 201)
  await as('bob', '/v1/sessions', { role: 'foreign' })
  await as('ann', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'reader', 'Issued').waitFor()
  await row(page, 'ann', 'reader', 'Issued').waitFor()
  await shoot(page, 'sessions')

  await page.getByRole('button', { name: 'Revoke bob@example.com as reader' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Person', { exact: true }).click()
  await dialog.getByText('Of 2 sessions, 1 would stop; 1 session runs on at AWS until expiry.').waitFor()
  await shoot(page, 'dry-run')
  assert.match(await whoIs(stage, taken.body.credentials), /assumed-role\/reader/)
  assert.ok(await dialog.getByRole('button', { name: 'Revoke now' }).isDisabled(), 'a reason is needed')
  await dialog.getByLabel('Reason').fill('a laptop was lost')
  await dialog.getByRole('button', { name: 'Revoke now' }).click()
  await dialog.getByText('Of 2 sessions, 1 stopped; 1 session runs on at AWS until expiry.').waitFor()
  await shoot(page, 'revoked')
  await dialog.getByRole('button', { name: 'Done' }).click()
  await row(page, 'bob', 'reader', 'Revoked').waitFor()
  await row(page, 'bob', 'foreign', 'Runs on').waitFor()
  await row(page, 'ann', 'reader', 'Issued').waitFor()

  await row(page, 'bob', 'reader').getByRole('link').click()
  const story = page.getByRole('region', { name: 'What happened' })
  await story.getByText('AWS denies every call').waitFor()
  await shoot(page, 'session')
  assert.match(
    (await story.textContent()) ?? '',
    /Asked AWS[\s\S]*Issued for 1 h[\s\S]*Revoked by ann@example.com[\s\S]*lost/,
  )
  assert.deepEqual(wrongs, [])
})

test('a request is approved by somebody else than who asked, and a script in its reason stays text', {
  skip,
}, async (t) => {
  const { page, as, wrongs } = await opened(t, 'ann')
  const script = '<img src=x onerror=alert(1)><script>alert(2)</script>'
  const asked = await as('bob', '/v1/requests', { role: 'admin', reason: script })
  await as('ann', '/v1/requests', { role: 'admin', reason: 'for myself' })
  await goTo(page, 'Requests')
  const theirs = page.getByRole('article').filter({ hasText: 'bob@example.com asks for admin' })
  const own = page.getByRole('article').filter({ hasText: 'ann@example.com asks for admin' })
  await own.getByText('This is your own request').waitFor()
  await shoot(page, 'requests')
  assert.equal(await own.getByRole('button').count(), 0)
  assert.match((await theirs.textContent()) ?? '', /<img src=x onerror=alert\(1\)><script>/)
  assert.equal(await page.locator('main img, main script').count(), 0)
  assert.ok(await theirs.getByRole('button', { name: 'Refuse' }).isDisabled(), 'refusing takes a reason')
  await theirs.getByLabel('Reason').fill(script)
  await theirs.getByRole('button', { name: 'Approve' }).click()
  await theirs.getByText('Approved', { exact: true }).waitFor()
  const { status, body } = await as('bob', '/v1/sessions', { role: 'admin', reason: script, requestId: asked.body.id })
  assert.equal(status, 201)
  await page.goto(`${page.url().split('#')[0]}#/sessions/${body.session.id}`)
  await page.getByText('ann@example.com approved').waitFor()
  await page.getByText('bob@example.com asked for approval').waitFor()
  assert.deepEqual(wrongs, [])
})

test('the list is walked, searched, opened and revoked by keyboard', { skip }, async (t) => {
  const { page, as } = await opened(t, 'ann')
  await as('bob', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'reader').waitFor()
  await as('ann', '/v1/sessions', { role: 'reader' })
  await row(page, 'ann', 'reader', 'Issued').waitFor()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  const chosen = page.getByRole('row', { selected: true })
  assert.match((await chosen.textContent()) ?? '', /bob/)
  await page.keyboard.press('k')
  assert.match((await chosen.textContent()) ?? '', /ann/)
  await page.keyboard.press('/')
  await page.keyboard.type('bob')
  await row(page, 'ann').waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await page.keyboard.press('j')
  await page.keyboard.press('r')
  const dialog = page.getByRole('dialog')
  await dialog.getByText('the session bob@example.com as reader').waitFor()
  // Typing a reason moves nothing behind the dialog.
  await dialog.getByLabel('Reason').press('j')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'What happened' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
})

test('what arrives while somebody reads waits at the head of the list until they ask for it', { skip }, async (t) => {
  const { page, as } = await opened(t, 'ann')
  await as('bob', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'Issued').waitFor()
  await page.keyboard.press('j')
  await as('ann', '/v1/sessions', { role: 'reader' })
  await page.getByRole('button', { name: '1 new' }).waitFor()
  assert.equal(await row(page, 'ann').count(), 0)
  assert.match((await page.getByRole('row', { selected: true }).textContent()) ?? '', /bob/)
  await page.getByRole('button', { name: '1 new' }).click()
  await row(page, 'ann', 'Issued').waitFor()
  // A screen reader is told, too.
  await page.locator('[aria-live=polite]', { hasText: 'session' }).first().waitFor({ state: 'attached' })
})

test('a stream that breaks is taken up where it was, and nothing is missed', { skip }, async (t) => {
  const { page, as, cut } = await opened(t, 'carol')
  await as('bob', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'Issued').waitFor()
  cut()
  await page.getByRole('banner').getByText('Reconnecting').waitFor()
  await as('ann', '/v1/sessions', { role: 'reader' })
  await row(page, 'ann', 'Issued').waitFor()
  await page.getByRole('banner').getByText('Live').waitFor()
})

test('who is nobody in particular sees their own, ends their own, and is not shown what is for others', {
  skip,
}, async (t) => {
  const { page, as, wrongs } = await opened(t, 'bob')
  await as('ann', '/v1/sessions', { role: 'reader' })
  await as('bob', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'Issued').waitFor()
  assert.equal(await row(page, 'ann').count(), 0)
  const nav = page.getByRole('navigation')
  assert.deepEqual(await nav.getByRole('link').allInnerTexts(), ['Sessions', 'Requests', 'Grants'])
  assert.equal(await page.getByRole('button', { name: 'Revoke…' }).count(), 0)
  await page.getByRole('button', { name: 'Revoke bob@example.com as reader' }).click()
  await page.getByLabel('Reason').fill('done for today')
  await page.getByRole('button', { name: 'Revoke now' }).click()
  await page.getByText('1 session stopped').waitFor()
  assert.deepEqual(wrongs, [])
})

test('a dialog gives the focus back to where it was opened, and takes no more with it than itself', {
  skip,
}, async (t) => {
  const { page, as, wrongs } = await opened(t, 'ann')
  await as('bob', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'Issued').waitFor()
  const revoke = page.getByRole('button', { name: 'Revoke bob@example.com as reader' })
  await revoke.click()
  await page.getByRole('dialog').getByText('1 session would be denied').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  assert.ok(await revoke.evaluate((element) => element === document.activeElement))

  await row(page, 'bob').getByRole('link').click()
  await page.getByRole('heading', { name: 'What happened' }).waitFor()
  assert.equal(await page.title(), 'Session · Mayfly')
  assert.equal(await page.evaluate('document.activeElement.id'), 'main')
  await page.getByRole('button', { name: 'Revoke…' }).click()
  await page.getByLabel('Reason').press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await page.getByRole('heading', { name: 'What happened' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('heading', { name: 'Sessions' }).waitFor()
  assert.equal(await page.evaluate('document.activeElement.getAttribute("role")'), 'grid')
  assert.deepEqual(wrongs, [])
})

test('what somebody types is there when the broker is not, and who is signed out comes back to where they were', {
  skip,
}, async (t) => {
  const { page, as } = await opened(t, 'ann')
  await as('bob', '/v1/requests', { role: 'admin', reason: 'the first' })
  await goTo(page, 'Requests')
  const typed = page.getByRole('article').filter({ hasText: 'the first' }).getByLabel('Reason')
  await typed.fill('half typed')
  await page.route('**/v1/requests*', (route) => route.abort())
  await as('bob', '/v1/requests', { role: 'admin', reason: 'the second' })
  await page.getByText('The broker does not answer').waitFor()
  assert.equal(await typed.inputValue(), 'half typed')
  await page.unroute('**/v1/requests*')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('the second').waitFor()

  await page.context().clearCookies({ name: 'mayfly' })
  await page.getByRole('button', { name: 'Approve' }).first().click()
  await page.getByText('Your login has ended').waitFor()
  await page.getByRole('link', { name: 'Sign in with corp' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByRole('heading', { level: 1, name: 'Requests' }).waitFor()
})

test('the list is sorted and filtered as its address says, and fits a tablet', { skip }, async (t) => {
  const { page, as } = await opened(t, 'ann', { viewport: { width: 768, height: 1024 } })
  await as('bob', '/v1/sessions', { role: 'reader' })
  await row(page, 'bob', 'reader').waitFor()
  await as('ann', '/v1/sessions', { role: 'reader' })
  await as('ann', '/v1/sessions', { role: 'foreign' })
  await row(page, 'ann', 'foreign').waitFor()
  const order = async (): Promise<string> =>
    (await page.getByRole('grid').getByRole('row').locator('.c-who a').allInnerTexts()).map((name) => name[0]).join('')
  assert.equal(await order(), 'aab')
  await page.getByRole('button', { name: 'Who' }).click()
  await page.getByRole('button', { name: 'Who' }).click()
  await page.getByRole('columnheader', { name: 'Who' }).and(page.locator('[aria-sort=descending]')).waitFor()
  assert.equal(await order(), 'baa')
  await page.getByLabel('Search sessions').fill('reader')
  await row(page, 'foreign').waitFor({ state: 'detached' })
  assert.ok(page.url().endsWith('#/sessions?text=reader&sort=-who'), page.url())
  await page.reload()
  await row(page, 'ann', 'reader').waitFor()
  assert.equal(await order(), 'ba')
  await shoot(page, 'tablet')
  await page.getByLabel('Search sessions').fill('nobody has this')
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await row(page, 'ann', 'foreign').waitFor()
  assert.ok(await page.getByRole('button', { name: 'Revoke bob@example.com as reader' }).isVisible())
  const over = await page
    .locator('main, .table-scroll')
    .evaluateAll((all) => all.map((e) => e.scrollWidth - e.clientWidth))
  assert.deepEqual(over, [0, 0])
})

test('somebody asks for a role on the page, and finds it among the requests', { skip }, async (t) => {
  const { page, as, wrongs } = await opened(t, 'bob')
  await goTo(page, 'Grants')
  await page.getByRole('button', { name: 'Ask for admin' }).click()
  assert.ok(await page.getByRole('button', { name: 'Ask', exact: true }).isDisabled(), 'a reason is needed')
  await page.getByLabel('Reason').fill('deploy 4711')
  await page.getByRole('button', { name: 'Ask', exact: true }).click()
  await page.getByRole('article').filter({ hasText: 'deploy 4711' }).getByText('This is your own request').waitFor()
  const { body } = await as('ann', '/v1/requests?state=waiting')
  assert.deepEqual([body[0].role, body[0].reason], ['admin', 'deploy 4711'])
  assert.deepEqual(wrongs, [])
})

test('break-glass is reviewed and its alert closed', { skip }, async (t) => {
  const { page, as } = await opened(t, 'ann')
  const taken = await as('bob', '/v1/sessions', { role: 'admin', breakGlass: true, reason: 'the site is down' })
  assert.equal(taken.status, 201)
  await page.getByRole('navigation').getByText('1 waiting').waitFor()
  await goTo(page, 'Alerts')
  await page.getByLabel('What you found').fill('it was down indeed')
  await shoot(page, 'alerts')
  await page.getByRole('button', { name: 'Reviewed' }).click()
  await page.getByText('Nothing to look at').waitFor()
})

test('who is revoked while the page is open is sent to sign in again', { skip }, async (t) => {
  const { page, as } = await opened(t, 'bob')
  const target = { kind: 'principal', principalId: 'corp:bob@example.com' }
  assert.equal((await as('ann', '/v1/revocations', { target, reason: 'left' })).status, 200)
  await page.getByText('Your login has ended').waitFor()
})

test('on a phone, in the dark, nothing is cut off', { skip }, async (t) => {
  const phone = { viewport: { width: 375, height: 740 }, colorScheme: 'dark' as const, hasTouch: true }
  const { page, as, wrongs } = await opened(t, 'ann', phone)
  await as('bob', '/v1/sessions', { role: 'reader' })
  await as('bob', '/v1/requests', { role: 'admin', reason: `${'a-very-long-word'.repeat(20)}` })
  await row(page, 'bob', 'Issued').waitFor()
  assert.equal(await page.locator('html').getAttribute('data-mantine-color-scheme'), 'dark')
  for (const name of ['Requests', 'Grants', 'Alerts', 'Ledger', 'Sessions']) {
    await goTo(page, name)
    await page.getByRole('heading', { level: 1, name }).waitFor()
    await page.waitForLoadState('networkidle').catch(() => undefined)
    await shoot(page, `phone-${name.toLowerCase()}`)
    const wide = await page.evaluate('document.scrollingElement.scrollWidth')
    const main = await page.locator('main').evaluate((element) => element.scrollWidth - element.clientWidth)
    assert.deepEqual([wide, main], [375, 0], name)
  }
  await page.getByRole('button', { name: 'Revoke bob@example.com as reader' }).click()
  await page.getByRole('dialog').getByText('1 session would be denied').waitFor()
  await shoot(page, 'phone-revoke')
  assert.deepEqual(wrongs, [])
})
