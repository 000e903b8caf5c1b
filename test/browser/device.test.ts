import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Page } from 'playwright-core'
import { type LoginStage, loginStage, postForm } from '../../src/broker/logins/stage.test.ts'
import { noChromium, personsBrowser } from './chromium.ts'

/** Where screenshots are left to be looked at; unset: nowhere. */
const album = process.env.MAYFLY_TEST_SCREENSHOTS
const shoot = async (page: Page, name: string): Promise<void> => {
  if (album) await page.screenshot({ path: join(album, `${name}.png`) })
}

const poll = async (stage: LoginStage, deviceCode: string): Promise<{ readonly access_token?: string }> => {
  const grant = 'urn:ietf:params:oauth:grant-type:device_code'
  const form = { grant_type: grant, client_id: 'mayfly', device_code: deviceCode }
  return JSON.parse(await (await postForm(`${stage.url}/oauth/token`, form)).text())
}

test('a person lets a device in, at pages that run no script', { skip: noChromium }, async (t) => {
  const stage = await loginStage()
  t.after(() => stage.close())
  const page = await (await personsBrowser(t)).newPage()
  const refused: string[] = []
  page.on('console', (line) => {
    if (/Content Security Policy/i.test(line.text())) refused.push(line.text())
  })
  const asked = JSON.parse(
    await (await postForm(`${stage.url}/oauth/device_authorization`, { client_id: 'mayfly' })).text(),
  )
  await page.goto(asked.verification_uri_complete)
  await shoot(page, 'device-choose')
  await page.getByRole('link', { name: 'corp' }).click()
  await page.getByLabel('Name').fill('ann')
  await page.getByLabel('Password').fill(stage.password('ann'))
  await page.getByRole('button', { name: 'Sign in' }).click()
  // Back from another site: the page that follows must know who was just signed in.
  await page.getByRole('heading', { name: 'Sign in on a device' }).waitFor()
  assert.equal(await page.getByLabel('Code').inputValue(), asked.user_code)
  await shoot(page, 'device-code')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText(asked.user_code).waitFor()
  await shoot(page, 'device-confirm')
  await page.getByRole('button', { name: 'Yes, let it in' }).click()
  await page.getByRole('heading', { name: 'The device is let in' }).waitFor()
  const { access_token: token = '' } = await poll(stage, asked.device_code)
  const verdict = await stage.tokens.verify(token)
  assert.ok(verdict.allowed && verdict.principal.id === 'corp:ann@example.com')
  assert.deepEqual(refused, [])
})
