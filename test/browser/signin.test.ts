import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type TestContext, test } from 'node:test'
import type { Page } from 'playwright-core'
import { memoryVault } from '../../src/host/vaults/memory.ts'
import type { ConsoleLoginSpec } from '../../src/model/source-spec.ts'
import { keyOf } from '../../src/sandbox/cloud.ts'
import { hashPassword } from '../../src/sandbox/iam/password.ts'
import { startSandbox } from '../../src/sandbox/index.ts'
import { stepAt, totpAt } from '../../src/sandbox/mfa.ts'
import { callerIdentity } from '../../src/sources/caller-identity.ts'
import { open } from '../../src/sources/index.ts'
import { closedHost } from '../contracts/closed-host.ts'
import { memoryAwsCache } from '../contracts/sign-in.ts'
import { queues } from '../contracts/sts-stage.ts'
import { noChromium, personsBrowser } from './chromium.ts'

const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const password = 'correct horse 9!'

/** A sandbox with a user who has a password and an MFA device. */
async function ground(t: TestContext) {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  t.after(() => sandbox.close())
  const { accountId, cloud, endpoint, region } = sandbox
  const createdAt = new Date().toISOString()
  const arn = `arn:aws:iam::${accountId}:user/ann`
  const base = { accountId, name: 'ann', path: '/', createdAt, tags: {} }
  const attached = ['arn:aws:iam::aws:policy/SignInLocalDevelopmentAccess']
  const login = { passwordHash: await hashPassword(password), createdAt, resetRequired: false }
  cloud.users.put(keyOf(accountId, 'ann'), { ...base, id: 'AIDAANN', arn, inline: {}, attached, groups: [], login })
  const serial = `arn:aws:iam::${accountId}:mfa/ann`
  cloud.mfaDevices.put(serial, { ...base, serial, seed, userName: 'ann', enabledAt: createdAt })
  const spec: ConsoleLoginSpec = { kind: 'console-login', session: arn, signin: { region, endpoint } }
  const host = {
    ...closedHost,
    now: () => new Date(),
    fetch: (request: Request) => fetch(request),
    vault: memoryVault(),
    exclusively: queues(),
    awsCache: () => cache,
  }
  const cache = memoryAwsCache()
  return { sandbox, spec, host, sts: { region, endpoint } }
}

async function signIn(page: Page, accountId: string, typed = password): Promise<void> {
  await page.getByLabel('Account ID or alias').fill(accountId)
  await page.getByLabel('IAM user name').fill('ann')
  await page.getByLabel('Password').fill(typed)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('a person signs in to the console with password and MFA, and lets Mayfly in', { skip: noChromium }, async (t) => {
  const { sandbox, spec, host, sts } = await ground(t)
  const page = await (await personsBrowser(t)).newPage()
  const person = async (url: string): Promise<void> => {
    await page.goto(url)
    await signIn(page, sandbox.accountId, 'wrong')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /authentication information is incorrect/)
    await signIn(page, sandbox.accountId)
    await page.getByLabel('MFA code').fill(totpAt(seed, stepAt(new Date())))
    await page.getByRole('button', { name: 'Submit' }).click()
    await page.getByText(spec.session).waitFor()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('You are signed in. You can close this page').waitFor()
  }
  let done: Promise<void> | undefined
  const openBrowser = async (url: string): Promise<boolean> => {
    done = person(url)
    return true
  }
  const credentials = await open(spec, { ...host, openBrowser })()
  await done
  assert.equal((await callerIdentity(host, credentials, sts)).arn, spec.session)
})

test('a person signs in for another machine, and denies it', { skip: noChromium }, async (t) => {
  const { sandbox, spec, host } = await ground(t)
  const page = await (await personsBrowser(t)).newPage()
  let shown = ''
  const remote = {
    ...host,
    openBrowser: async () => false,
    say: (text: string) => {
      shown = text.split('\n')[1]?.trim() ?? ''
    },
  }
  const pasted = async (): Promise<string> => {
    await page.goto(shown)
    await signIn(page, sandbox.accountId)
    await page.getByLabel('MFA code').fill(totpAt(seed, stepAt(new Date())))
    await page.getByRole('button', { name: 'Submit' }).click()
    assert.match((await page.getByRole('alert').textContent()) ?? '', /another machine/)
    await page.getByRole('button', { name: 'Allow' }).click()
    return (await page.locator('#code').textContent()) ?? ''
  }
  assert.match((await open(spec, { ...remote, ask: pasted })()).accessKeyId, /^ASIA/)
  const denied = async (url: string): Promise<boolean> => {
    page.goto(url).then(() => page.getByRole('button', { name: 'Deny' }).click())
    return true
  }
  const again = { ...host, vault: memoryVault(), awsCache: () => memoryAwsCache(), openBrowser: denied }
  await assert.rejects(open(spec, again)(), /denied in the browser/)
})
