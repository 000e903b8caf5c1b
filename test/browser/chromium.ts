import { existsSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { type BrowserContext, chromium } from 'playwright-core'

const executablePath = [process.env.MAYFLY_TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(
  (path) => path !== undefined && existsSync(path),
)

/** The reason why no browser can be tested with here, or false. */
export const noChromium = executablePath === undefined && 'no Chromium here: apt-get install chromium'

/** A person's browser, without a past; it closes with the test. Pages whose scripts are blocked work in it all the same. */
export async function personsBrowser(t: TestContext): Promise<BrowserContext> {
  const browser = await chromium.launch({ ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox'] })
  t.after(() => browser.close())
  const context = await browser.newContext({ javaScriptEnabled: false })
  context.setDefaultTimeout(10_000)
  return context
}
