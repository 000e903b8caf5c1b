import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import type { UpFacts } from '../../src/cli/up/tell-up.ts'
import { compiled, type Ran, root, run } from '../clients/clients.ts'
import { until } from '../contracts/until.ts'

const main = join(root, 'src', 'cli', 'main.ts')
const browser = join(root, 'test', 'contracts', 'browser-person-main.ts')

/** A company with a broker: `mayfly up` in a process of its own, and whoever works there. */
export interface Company {
  readonly facts: UpFacts
  readonly scratch: string
  readonly env: NodeJS.ProcessEnv
  /** Somebody at a machine of their own: a home and a vault that nobody else has. */
  readonly someone: (name: string) => Someone
  /** A further process of the story; it ends with the test. */
  readonly start: (words: readonly string[], env?: NodeJS.ProcessEnv) => ChildProcess
}

export interface Someone {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly mayfly: (...words: string[]) => Promise<Ran>
  /** The same with `--json`, as what it printed. */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads members of an answer as it expects them
  readonly ask: (...words: string[]) => Promise<any>
  /** Adds a section to their config file. */
  readonly configure: (section: string) => void
  /** `mayfly sessions ls --watch`: gives the events, as they come. */
  readonly watch: (broker: string) => Promise<Watch>
}

export interface Watch {
  /** Waits until an event like that has come. */
  readonly until: (matches: (event: Event) => boolean) => Promise<Event>
}
type Event = Readonly<Record<string, unknown>>

export async function company(t: TestContext, ...flags: string[]): Promise<Company> {
  const scratch = mkdtempSync(join(tmpdir(), 'mayfly-company-'))
  const env: NodeJS.ProcessEnv = {
    ...compiled,
    PATH: process.env.PATH,
    HOME: scratch,
    MAYFLY_HOME: join(scratch, 'up-home'),
  }
  const children: ChildProcess[] = []
  t.after(async () => {
    // What was started last ends first.
    for (const child of children.reverse()) await ended(child)
    rmSync(scratch, { recursive: true, force: true })
  })
  const start: Company['start'] = (words, more = {}) => {
    const child = spawn(process.execPath, [main, ...words], {
      env: { ...env, ...more },
      cwd: scratch,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    children.push(child)
    return child
  }
  const up = start(['up', '--json', '--memory', ...flags])
  const facts: UpFacts = JSON.parse(await firstLine(up))
  const someone = (name: string): Someone => {
    const home = join(scratch, name)
    mkdirSync(join(home, '.aws'), { recursive: true })
    const password = facts.people.find((person) => person.name === name)?.password ?? ''
    const own: NodeJS.ProcessEnv = {
      ...compiled,
      ...{ PATH: process.env.PATH, HOME: home, MAYFLY_HOME: join(home, 'mayfly'), AWS_EC2_METADATA_DISABLED: 'true' },
      ...{ AWS_CONFIG_FILE: join(home, '.aws', 'config'), NO_COLOR: '1' },
      ...{ BROWSER: `${process.execPath} ${browser}`, PERSON_NAME: name, PERSON_PASSWORD: password },
    }
    const mayfly = (...words: string[]): Promise<Ran> => run([process.execPath, main, ...words], own, home)
    return {
      ...{ home, env: own, mayfly },
      ask: async (...words) => {
        const { status, stdout, stderr } = await mayfly(...words, '--json')
        if (status !== 0) throw new Error(`mayfly ${words.join(' ')}: ${status}\n${stderr}`)
        return JSON.parse(stdout)
      },
      configure: (section) => appendFileSync(join(home, '.aws', 'config'), `${section}\n`),
      watch: async (broker) => {
        const before = await listeners(broker)
        const watching = watch(start(['sessions', 'ls', '--watch', '--json', '--broker', broker], own))
        await until(async () => (await listeners(broker)) > before, 'a watch that listens')
        return watching
      },
    }
  }
  return { facts, scratch, env, someone, start }
}

async function firstLine(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('it says nothing')
  for await (const line of createInterface(child.stdout)) return line
  throw new Error('it ended without a word')
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** How many listen to the broker's stream. */
async function listeners(broker: string): Promise<number> {
  const text = await (await fetch(`${broker}/metrics`)).text()
  return Number(/^mayfly_stream_listeners (\d+)/m.exec(text)?.[1] ?? Number.NaN)
}

function watch(child: ChildProcess): Watch {
  const events: Event[] = []
  if (!child.stdout) throw new Error('it says nothing')
  createInterface(child.stdout).on('line', (line) => {
    const { event }: { event?: Event } = JSON.parse(line)
    if (event) events.push(event)
  })
  return { until: (matches) => until(() => events.find(matches), 'an event') }
}
