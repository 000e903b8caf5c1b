import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { memoryVault } from '../../src/host/vaults/memory.ts'
import type { OidcLoginPlace, WebIdentitySpec } from '../../src/model/source-spec.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { callerIdentity } from '../../src/sources/caller-identity.ts'
import { open } from '../../src/sources/index.ts'
import { closedHost } from '../contracts/closed-host.ts'
import { queues } from '../contracts/sts-stage.ts'
import { addWebRole } from '../contracts/web-identity.ts'
import { noChromium, personsBrowser } from './chromium.ts'

/** Gets sessions by signing in while a person does at their browser what `person` says; gives whose the last one is. */
async function signedIn(
  t: TestContext,
  change: Partial<OidcLoginPlace>,
  person: (page: Page, sandbox: Sandbox) => Promise<void>,
): Promise<{ readonly arn: string; readonly again: () => Promise<string> }> {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  t.after(() => sandbox.close())
  const roleArn = addWebRole({ sandbox, role: (name) => `arn:aws:iam::${sandbox.accountId}:role/${name}` }, 'mayfly')
  const context = await personsBrowser(t)
  let done: Promise<void> | undefined
  const openBrowser = async (url: string): Promise<boolean> => {
    const page = await context.newPage()
    done = page.goto(url).then(() => person(page, sandbox))
    done.catch(() => undefined)
    return true
  }
  const sts = { region: sandbox.region, endpoint: sandbox.endpoint }
  const token: OidcLoginPlace = {
    from: 'login',
    issuer: sandbox.oidcIssuer,
    clientId: 'mayfly',
    scopes: ['openid', 'aws'],
    ...change,
  }
  const spec: WebIdentitySpec = { kind: 'web-identity', token, roleArn, sts }
  const session = async (): Promise<string> => {
    // A process, and a vault, of its own: what is remembered is remembered by the browser.
    const host = { ...closedHost, now: () => new Date(), fetch: (request: Request) => fetch(request) }
    const whole = { ...host, vault: memoryVault(), exclusively: queues(), say: () => undefined, openBrowser }
    const credentials = await Promise.race([
      open(spec, whole)(),
      new Promise<never>((_, reject) => setTimeout(() => done?.catch(reject), 500)),
    ])
    await done
    return (await callerIdentity(whole, credentials, sts)).arn
  }
  return { arn: await session(), again: session }
}

async function typePassword(page: Page, { oidcPeople }: Sandbox, wrong = ''): Promise<void> {
  const ann = oidcPeople.find(({ name }) => name === 'ann')
  await page.getByLabel('Name').fill('ann')
  await page.getByLabel('Password').fill(`${ann?.password}${wrong}`)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('a person signs in with a browser, is told of a wrong password, and only continues the next time', {
  skip: noChromium,
}, async (t) => {
  const { arn, again } = await signedIn(t, {}, async (page, sandbox) => {
    if (await page.getByRole('heading', { name: 'Continue' }).isVisible())
      await page.getByRole('button', { name: 'Continue' }).click()
    else {
      await typePassword(page, sandbox, 'x')
      assert.match((await page.getByRole('alert').textContent()) ?? '', /name or the password is wrong/)
      await typePassword(page, sandbox)
    }
    await page.getByText('You are signed in. This window may be closed.').waitFor()
  })
  assert.match(arn, /:assumed-role\/web\/mayfly-ann-/)
  assert.match(await again(), /:assumed-role\/web\/mayfly-ann-/)
})

test('a person signs in for a device, whose code they compare', { skip: noChromium }, async (t) => {
  const { arn } = await signedIn(t, { device: true }, async (page, sandbox) => {
    for (let step = 0; step < 3 && !(await page.getByLabel('Password').isVisible()); step++)
      await page.getByRole('button', { name: 'Continue' }).click()
    await typePassword(page, sandbox)
    await page.getByText('The device goes on by itself').waitFor()
  })
  assert.match(arn, /:assumed-role\/web\/mayfly-ann-/)
})
