import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { Host } from '../../src/host/host.ts'
import { Failure } from '../../src/model/failure.ts'
import type { IdentityCenterSpec } from '../../src/model/source-spec.ts'
import { makeSample } from '../../src/sandbox/identity-center/sample.ts'
import { callerIdentity } from '../../src/sources/caller-identity.ts'
import { open } from '../../src/sources/index.ts'
import { memoryAwsCache, ssoSessionAt } from '../contracts/sign-in.ts'
import { type StsStage, stsStage } from '../contracts/sts-stage.ts'
import { noChromium, personsBrowser } from './chromium.ts'

type Person = (page: Page, said: readonly string[]) => Promise<void>

/** A place to sign in, and the outside with a person who does at one browser, each time it is opened, what comes next. */
async function signInPlace(t: TestContext, variables: Readonly<Record<string, string>>, people: readonly Person[]) {
  const stage = await stsStage()
  t.after(() => stage.sandbox.close())
  makeSample(stage.sandbox.cloud)
  const context = await personsBrowser(t)
  const cache = memoryAwsCache()
  const said: string[] = []
  const done: Promise<void>[] = []
  const openBrowser = async (url: string): Promise<boolean> => {
    const page = await context.newPage()
    await page.goto(url)
    const work = people[done.length]?.(page, said) ?? Promise.resolve()
    work.catch(() => undefined)
    done.push(work)
    return true
  }
  const host = stage.process({
    awsCache: () => cache,
    variable: (name) => variables[name],
    say: (text) => void said.push(text),
    openBrowser,
  })
  return { stage, host, context, done: () => Promise.all(done) }
}

const specFor = ({ sandbox }: StsStage, roleName: string, session: string): IdentityCenterSpec => ({
  kind: 'identity-center',
  session: ssoSessionAt(sandbox, session),
  accountId: sandbox.accountId,
  roleName,
})

const whoIs = async (stage: StsStage, host: Host, spec: IdentityCenterSpec): Promise<string> =>
  (await callerIdentity(host, await open(spec, host)(), stage.sts)).arn

async function signInAs(page: Page, name: string): Promise<void> {
  await page.getByLabel('User name').fill(name)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('a person signs in once, allows Mayfly, and is not asked who they are again', { skip: noChromium }, async (t) => {
  const { stage, host, done } = await signInPlace(t, { DISPLAY: ':0' }, [
    async (page) => {
      await signInAs(page, 'nobody')
      assert.match((await page.getByRole('alert').textContent()) ?? '', /no user nobody/)
      await signInAs(page, 'ann')
      assert.match((await page.getByRole('main').textContent()) ?? '', /May the program mayfly use .* of ann/)
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByText('You are signed in. You can close this page').waitFor()
    },
    async (page) => {
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByText('You are signed in. You can close this page').waitFor()
    },
  ])
  assert.match(
    await whoIs(stage, host, specFor(stage, 'Administrator', 'corp')),
    /AWSReservedSSO_Administrator_\w+\/ann$/,
  )
  assert.match(await whoIs(stage, host, specFor(stage, 'Reader', 'other')), /AWSReservedSSO_Reader_\w+\/ann$/)
  await done()
})

test('a person compares the code that both sides show, and allows it', { skip: noChromium }, async (t) => {
  const { stage, host, context, done } = await signInPlace(t, { CI: 'true' }, [
    async (page, said) => {
      await signInAs(page, 'bob')
      const shown = (await page.locator('code').textContent()) ?? ''
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByRole('heading', { name: 'Request approved' }).waitFor()
      assert.match(said[0] ?? '', new RegExp(`${shown}$`))
    },
  ])
  assert.match(await whoIs(stage, host, specFor(stage, 'Reader', 'corp')), /\/bob$/)
  await done()
  const portal = await context.newPage()
  await portal.goto(stage.sandbox.ssoStartUrl)
  assert.match((await portal.getByRole('main').textContent()) ?? '', /Signed in as bob\.[\s\S]*Reader/)
  await portal.goto(`${stage.sandbox.endpoint}/device`)
  await portal.getByLabel('Code').fill('bcdf-ghjk')
  await portal.getByRole('button', { name: 'Go on' }).click()
  assert.match((await portal.getByRole('alert').textContent()) ?? '', /No program waits for the code/)
})

test('a person who says no stops the sign-in, and who allows the next one has it', { skip: noChromium }, async (t) => {
  const { stage, host } = await signInPlace(t, { DISPLAY: ':0' }, [
    async (page) => {
      await signInAs(page, 'ann')
      await page.getByRole('button', { name: 'Deny' }).click()
    },
    (page) => page.getByRole('button', { name: 'Allow' }).click(),
  ])
  const spec = specFor(stage, 'Reader', 'corp')
  await assert.rejects(open(spec, host)(), (error) => error instanceof Failure && error.code === 'access-denied')
  assert.match(await whoIs(stage, host, spec), /\/ann$/)
})
