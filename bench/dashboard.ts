import type { Page } from 'playwright-core'
import type { LedgerEvent } from '../src/model/ledger-event.ts'
import type { Session } from '../src/model/session.ts'
import { noChromium, scriptingBrowser } from '../test/browser/chromium.ts'
import { type PageBroker, pageBroker } from '../test/contracts/page-broker.ts'
import type { Figure } from './figure.ts'

const sessions = 10_000
const perSecond = 200
const seconds = 12

/** How the broker's page bears ten thousand live sessions and two hundred events a second, while somebody works in it. */
export async function run(): Promise<Figure[]> {
  if (noChromium) return [{ name: `page: ${noChromium}`, value: 0, unit: 'figures' }]
  const undo: (() => unknown)[] = []
  const t = { after: (step: () => unknown) => void undo.unshift(step) }
  try {
    const broker = await pageBroker(t)
    const ids = await fill(broker)
    const context = await scriptingBrowser(t, { viewport: { width: 1280, height: 800 } })
    await context.addInitScript(
      `window.tasks = []; new PerformanceObserver((list) => tasks.push(...list.getEntries().map((task) => task.duration)))
         .observe({ type: 'longtask', buffered: true });
       window.frames_ = []; let before = performance.now();
       const frame = (now) => { frames_.push(now - before); before = now; requestAnimationFrame(frame) }; requestAnimationFrame(frame)`,
    )
    await context.addCookies([
      { name: 'mayfly', value: await broker.tokenOf('ann'), url: broker.url, sameSite: 'Strict' },
    ])
    const page = await context.newPage()
    const begun = performance.now()
    await page.goto(broker.url)
    await page.getByText(`${sessions.toLocaleString('en')} live`).waitFor()
    const loaded = performance.now() - begun
    const loading = await taken(page)
    await page.waitForTimeout(1000)
    await taken(page)
    await work(page)
    const quiet = await taken(page)
    const told = tell(broker, ids)
    await work(page)
    const sent = await told
    const working = await taken(page)
    const load = `${sessions.toLocaleString('en')} sessions`
    const under = `${load}, ${Math.round(sent / seconds)} events/s, while filtering and scrolling`
    return [
      { name: `page: ${load} loaded and shown`, value: loaded, unit: 'ms', note: `longest task ${loading.longest} ms` },
      {
        name: `page: long tasks in ${seconds} s, ${under}`,
        value: working.count,
        unit: 'tasks',
        note: `over 50 ms each; ${quiet.count} without events`,
      },
      {
        name: 'page: the longest of them',
        value: working.longest,
        unit: 'ms',
        note: `${quiet.longest} ms without events`,
      },
      {
        name: 'page: time between two frames meanwhile, p99',
        value: working.frame,
        unit: 'ms',
        note: `${quiet.frame} ms without events`,
      },
    ]
  } finally {
    for (const step of undo) await step()
  }
}

interface Taken {
  readonly count: number
  readonly longest: number
  readonly frame: number
}

/** The long tasks and the frames since the last look. */
async function taken(page: Page): Promise<Taken> {
  const { tasks, frames } = await page.evaluate<{ tasks: number[]; frames: number[] }>(
    '({ tasks: tasks.splice(0), frames: frames_.splice(0) })',
  )
  const frame = frames.sort((a, b) => a - b)[Math.floor(frames.length * 0.99)] ?? 0
  return { count: tasks.length, longest: Math.round(Math.max(0, ...tasks)), frame: Math.round(frame) }
}

/** What somebody does who looks for something. */
async function work(page: Page): Promise<void> {
  const until = performance.now() + seconds * 1000
  while (performance.now() < until) {
    await page.keyboard.press('/')
    await page.keyboard.type('person-7', { delay: 60 })
    await page.keyboard.press('Escape')
    await page.mouse.move(600, 500)
    for (let turn = 0; turn < 10; turn++) {
      await page.mouse.wheel(0, 1200)
      await page.waitForTimeout(50)
    }
    for (let turn = 0; turn < 10; turn++) await page.keyboard.press('j')
    await page.keyboard.press('Escape')
    await page.mouse.wheel(0, -20_000)
  }
}

/** Appends events as a broker at work would; gives how many. */
async function tell({ broker, stage }: PageBroker, ids: readonly string[]): Promise<number> {
  const begun = performance.now()
  let sent = 0
  for (let tick = 1; tick <= seconds * 10; tick++) {
    const now = stage.now.getTime()
    const events: LedgerEvent[] = []
    for (let place = 0; place < perSecond / 10; place += 4) {
      const made = sessionOf(sessions + sent + place, now)
      events.push({ kind: 'intent', at: now, session: made, provenAt: now }, issued(made, now))
      for (const step of [1, 2]) events.push(used(ids[(sent * 7 + place * step) % ids.length] ?? '', now))
    }
    await broker.ledger.append(events)
    sent += events.length
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, begun + tick * 100 - performance.now())))
  }
  return sent
}

async function fill({ broker, stage }: PageBroker): Promise<readonly string[]> {
  const ids: string[] = []
  for (let from = 0; from < sessions; from += 500) {
    const events: LedgerEvent[] = []
    for (let place = from; place < from + 500; place++) {
      const at = stage.now.getTime() - (sessions - place) * 100
      const made = sessionOf(place, at)
      ids.push(made.id)
      events.push({ kind: 'intent', at, session: made, provenAt: at }, issued(made, at))
    }
    await broker.ledger.append(events)
  }
  return ids
}

function sessionOf(place: number, askedAt: number): Session {
  const letters = String(place)
    .padStart(18, '0')
    .replace(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)))
  const principalName = `person-${place % 500}@example.com`
  const role = `role-${place % 40}`
  return {
    ...{ id: `s${letters}`, origin: 'broker', operation: 'AssumeRole', state: 'pending' },
    ...{ principalId: `corp:${principalName}`, principalName, principalKind: 'person' },
    ...{ accountId: '111122223333', roleArn: `arn:aws:iam::111122223333:role/${role}`, role, grant: 'all' },
    ...{
      sessionName: `person-${place % 500}-s${letters}`,
      sourceIdentity: principalName,
      sourceIp: '192.0.2.1',
      askedAt,
    },
  }
}

const issued = ({ id, askedAt }: Session, at: number): LedgerEvent => ({
  ...{ kind: 'issued', at, sessionId: id, accessKeyId: `ASIA${id.slice(-12)}`, userId: `AROA:${id}` },
  ...{ issuedAt: askedAt, expiresAt: at + 4 * 3_600_000 },
})

const used = (sessionId: string, at: number): LedgerEvent => ({
  ...{ kind: 'used', at, sessionId },
  use: { lastAt: at, lastFrom: '192.0.2.7', addresses: ['192.0.2.7'], calls: { 's3:GetObject': 12 }, denied: 0 },
})
