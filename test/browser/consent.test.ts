import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { loginStage } from '../../src/broker/logins/stage.test.ts'
import { memoryVault } from '../../src/host/vaults/memory.ts'
import { signInToBroker } from '../../src/sources/broker/sign-in.ts'
import { noChromium, personsBrowser } from './chromium.ts'

/** Where screenshots are left to be looked at; unset: nowhere. */
const album = process.env.MAYFLY_TEST_SCREENSHOTS

test('a person lets the command line in by their browser, and refuses it', {
  skip: noChromium,
  timeout: 60_000,
}, async (t) => {
  const stage = await loginStage()
  t.after(() => stage.close())
  const page = await (await personsBrowser(t)).newPage()
  const refused: string[] = []
  page.on('console', (line) => {
    if (/Content Security Policy/i.test(line.text())) refused.push(line.text())
  })
  const said: string[] = []
  const signIn = (answer: string) =>
    signInToBroker(
      stage.url,
      {
        vault: memoryVault(),
        now: stage.now,
        say: (text) => said.push(text),
        // The stage tells of a login its id alone.
        fetch: async (request) => {
          const answer = await fetch(request)
          if (!request.url.endsWith('/v1/me') || !answer.ok) return answer
          const { id } = JSON.parse(await answer.text())
          return Response.json({ principal: { id, name: 'ann' }, expiresAt: '2100-01-01T00:00:00Z' })
        },
        openBrowser: async (address) => {
          void (async () => {
            await page.goto(address)
            if (await page.getByLabel('Password').isVisible()) {
              await page.getByLabel('Name').fill('ann')
              await page.getByLabel('Password').fill(stage.password('ann'))
              await page.getByRole('button', { name: 'Sign in' }).click()
            } else await page.getByRole('button', { name: 'Continue' }).click()
            await page.getByRole('heading', { name: 'Let this program in?' }).waitFor()
            if (album) await page.screenshot({ path: join(album, `consent-${said.length}.png`) })
            const at = said.at(-1)?.split(' ').at(-1) ?? 'nothing was said'
            assert.ok(await page.getByText(at).isVisible())
            await page.getByRole('button', { name: answer }).click()
          })()
          return true
        },
      },
      { authenticator: 'corp' },
    ).finally(() => page.getByText('This window may be closed').waitFor())
  const { principal } = await signIn('Yes, let it in')
  assert.equal(principal.id, 'corp:ann@example.com')
  await assert.rejects(signIn('No, refuse it'), /was denied/)
  assert.deepEqual(refused, [])
})
