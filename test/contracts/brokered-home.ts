import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { Command, CommanderError } from 'commander'
import type { Cli } from '../../src/cli/cli.ts'
import { exitStatus } from '../../src/cli/exit-status.ts'
import { verbs } from '../../src/cli/verbs.ts'
import { nodeHost, nodeVault } from '../../src/host/node-host.ts'
import { Failure } from '../../src/model/failure.ts'
import type { Principal } from '../../src/model/principal.ts'
import { keepLogin } from '../../src/sources/broker/login.ts'
import { compiled, type Ran, root, run } from '../clients/clients.ts'
import { configText, person } from './broker-stage.ts'
import { freePort } from './free-port.ts'
import { type RunningBroker, runningBroker } from './running-broker.ts'

/** Somebody at a machine of their own, who uses a broker that runs. */
export interface Home {
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly mayfly: (words: readonly string[], more?: NodeJS.ProcessEnv) => Promise<Ran>
  /** The same in this process, where starting one is not what a test is about. */
  readonly verb: (words: readonly string[], more?: NodeJS.ProcessEnv) => Promise<Ran>
}

export interface BrokeredStage extends RunningBroker {
  readonly ann: Principal
  readonly lead: Principal
  readonly admin: Principal
  /** A machine; with a principal, they are signed in there. */
  readonly homeOf: (principal?: Principal) => Promise<Home>
}

/** What the profiles of a home say beside the broker's own. */
const config = (url: string, endpoint: string): string =>
  ['reader', 'admin', 'foreign']
    .map(
      (role) => `[profile ${role}]
region = us-east-1
endpoint_url = ${endpoint}
mayfly_broker = ${url}
mayfly_role = ${role}
`,
    )
    .join('\n')

/** A broker in real time, with its own address, and homes of people who use it. */
export async function brokeredStage(t: TestContext, more = ''): Promise<BrokeredStage> {
  const port = await freePort()
  const running = await runningBroker(t, { port, config: configText(more) })
  Object.defineProperty(running.stage, 'now', { get: () => new Date() })
  const at = new Date()
  const people = {
    ann: person('ann', ['developers'], at),
    lead: person('bob', ['leads'], at),
    admin: person('eve', ['security'], at),
  }
  return {
    ...running,
    ...people,
    homeOf: async (principal) => {
      const home = mkdtempSync(join(tmpdir(), 'mayfly-home-'))
      t.after(() => rmSync(home, { recursive: true, force: true }))
      mkdirSync(join(home, '.aws'), { mode: 0o700 })
      writeFileSync(join(home, '.aws', 'config'), config(running.url, running.stage.sandbox.endpoint), { mode: 0o600 })
      const env: NodeJS.ProcessEnv = {
        ...compiled,
        ...{ PATH: process.env.PATH, HOME: home, MAYFLY_HOME: join(home, 'mayfly'), SHELL: '/bin/bash' },
        ...{ AWS_EC2_METADATA_DISABLED: 'true', AWS_PAGER: '' },
      }
      if (principal) {
        const { id, name, expiresAt } = principal
        const login = { broker: running.url, token: await running.tokenOf(principal), expiresAt }
        await keepLogin(
          nodeVault(env, () => Promise.reject(new Error('nobody is asked'))),
          {
            ...login,
            principal: { id, name },
          },
        )
      }
      const main = [process.execPath, join(root, 'src', 'cli', 'main.ts')]
      return {
        ...{ home, env },
        mayfly: (words, change = {}) => run([...main, ...words], { ...env, ...change }, home),
        verb: (words, change = {}) => runHere(words, { ...env, ...change }),
      }
    },
  }
}

async function runHere([name = '', ...words]: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  const out: string[] = []
  const beside: string[] = []
  const say = (text: string): void => void beside.push(text)
  const cli: Cli = {
    ...{ env, say, print: (text) => void out.push(text), style: (_, text) => text },
    host: async (options = {}) => nodeHost(env, { ...options, say }),
  }
  const verb = verbs.find((one) => one.name === name)
  if (!verb) throw new Error(`there is no verb ${name}`)
  const command = new Command(name).exitOverride().configureOutput({ writeErr: say, writeOut: say })
  const { define } = await verb.load()
  define(command, cli)
  for (const sub of command.commands) sub.configureOutput({ writeErr: say, writeOut: say })
  let status = 0
  try {
    await command.parseAsync(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof Failure) && !(error instanceof CommanderError)) throw error
    status = error instanceof Failure ? exitStatus[error.code] : exitStatus.usage
    say(error instanceof Failure ? `${error.message}\n  ${error.hint ?? ''}` : error.message)
  }
  return { status, stdout: out.map((text) => `${text}\n`).join(''), stderr: beside.join('\n') }
}
