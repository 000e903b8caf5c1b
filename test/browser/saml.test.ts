import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import type { Credentials } from '../../src/model/signing-key.ts'
import type { SamlLogin } from '../../src/model/source-spec.ts'
import { callerIdentity } from '../../src/sources/caller-identity.ts'
import { open } from '../../src/sources/index.ts'
import { samlGround } from '../../src/sources/saml-stage.test.ts'
import { stsStage } from '../contracts/sts-stage.ts'
import { noChromium, personsBrowser } from './chromium.ts'

/** Gets a session by SAML while a person does at their browser what `person` says; checks whose it is. */
async function signedIn(
  t: TestContext,
  loginAt: (url: string) => SamlLogin,
  person: (page: Page, context: BrowserContext) => Promise<void>,
): Promise<Credentials> {
  const stage = await stsStage()
  t.after(() => stage.sandbox.close())
  const { spec } = await samlGround(stage)
  const context = await personsBrowser(t)
  let done: Promise<void> | undefined
  const openBrowser = async (url: string): Promise<boolean> => {
    const page = await context.newPage()
    done = page.goto(url).then(() => person(page, context))
    done.catch(() => undefined)
    return true
  }
  const login = loginAt(stage.sandbox.samlSsoUrl)
  const credentials = await Promise.race([
    open({ ...spec, login }, stage.process({ openBrowser }))(),
    new Promise<never>((_, reject) => setTimeout(() => done?.catch(reject), 500)),
  ])
  await done
  assert.match((await callerIdentity(stage.process(), credentials, stage.sts)).arn, /assumed-role\/reader\/ann@example/)
  return credentials
}

async function typePassword(page: Page, password = 'secret'): Promise<void> {
  await page.getByLabel('User name').fill('ann')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('a person signs in, and the browser brings the answer to Mayfly', { skip: noChromium }, async (t) => {
  await signedIn(
    t,
    (url) => ({ url, callbackPort: 0 }),
    async (page) => {
      await typePassword(page, 'wrong')
      assert.match((await page.getByRole('alert').textContent()) ?? '', /nobody of that name and password/)
      await typePassword(page)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('You are signed in. You can close this window.').waitFor()
    },
  )
})

test('a person signs in where the answer goes to AWS, and pastes it', { skip: noChromium }, async (t) => {
  await signedIn(
    t,
    (url) => ({ url }),
    async (page, context) => {
      const [provider] = await Promise.all([
        context.waitForEvent('page'),
        page.getByRole('link', { name: 'sign in' }).click(),
      ])
      await typePassword(provider)
      const response = await provider.getByLabel('SAMLResponse').inputValue()
      await page.getByLabel('SAMLResponse').fill(response)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('Thank you. You can close this window.').waitFor()
    },
  )
})
