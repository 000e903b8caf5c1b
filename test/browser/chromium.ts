import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core'

const executablePath = [process.env.MAYFLY_TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)

/** The reason why no browser can be tested with here, or false. */
export const noChromium = executablePath === undefined && 'no Chromium here: apt-get install chromium'

/** A person's browser, without a past; it closes with the test. Pages whose scripts are blocked work in it all the same. */
export async function personsBrowser(t: TestContext): Promise<BrowserContext> {
  return contextOf(await launched(t), { javaScriptEnabled: false })
}

/** A person's browser whose pages run their scripts. */
export async function scriptingBrowser(
  t: Pick<TestContext, 'after'>,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  return contextOf(await launched(t), options)
}

async function launched(t: Pick<TestContext, 'after'>): Promise<Browser> {
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox'] })
  t.after(() => browser.close())
  return browser
}

async function contextOf(browser: Browser, options: BrowserContextOptions): Promise<BrowserContext> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(60_000)
  return context
}
