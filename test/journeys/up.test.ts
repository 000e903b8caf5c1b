import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { UpFacts } from '../../src/cli/up/tell-up.ts'
import { compiled, root, run } from '../clients/clients.ts'
import { freePort } from '../contracts/free-port.ts'
import { until } from '../contracts/until.ts'

const main = join(root, 'src', 'cli', 'main.ts')

function homeOf(t: TestContext): { readonly scratch: string; readonly env: NodeJS.ProcessEnv } {
  const scratch = mkdtempSync(join(tmpdir(), 'mayfly-up-test-'))
  t.after(() => rmSync(scratch, { recursive: true, force: true }))
  return { scratch, env: { ...compiled, PATH: process.env.PATH, HOME: scratch, MAYFLY_HOME: join(scratch, 'mayfly') } }
}

/** Starts `mayfly up --json`; it is ended by a signal, and must end with 0. */
async function up(
  t: TestContext,
  env: NodeJS.ProcessEnv,
  ...flags: string[]
): Promise<{
  readonly facts: UpFacts
  readonly said: () => string
  readonly end: (signal: NodeJS.Signals) => Promise<number | null>
}> {
  const child: ChildProcess = spawn(process.execPath, [main, 'up', '--json', ...flags], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr?.on('data', (chunk) => {
    said += String(chunk)
  })
  t.after(() => child.kill('SIGKILL'))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  let line = ''
  if (child.stdout)
    for await (const text of createInterface(child.stdout)) {
      line = text
      break
    }
  return {
    facts: JSON.parse(line),
    said: () => said,
    end: (signal) => {
      child.kill(signal)
      return ended
    },
  }
}

describe('mayfly up', { concurrency: true }, () => {
  test('a second run goes on where the first ended, and a changed configuration counts at once', async (t) => {
    const { env, scratch } = homeOf(t)
    const port = await freePort()
    const first = await up(t, env, '--port', String(port))
    const { configFile, url } = first.facts
    assert.equal(url, `http://127.0.0.1:${port}`)
    assert.ok(configFile.startsWith(scratch))
    assert.equal(statSync(configFile).mode & 0o077, 0)
    const again = await run([process.execPath, main, 'up'], env)
    assert.equal(again.status, 3, 'two of them are not at work in one place')
    assert.match(again.stderr, /mayfly up is at work already.*\n.*mayfly up --memory/)
    assert.equal(await first.end('SIGTERM'), 0)

    writeFileSync(configFile, readFileSync(configFile, 'utf8').replace('name: deployments', 'name: releases'))
    const second = await up(t, env)
    assert.deepEqual(second.facts, first.facts)
    const figures = await (await fetch(`${url}/metrics`)).text()
    const rows = Number(/^mayfly_ledger_rows\S* (\d+)/m.exec(figures)?.[1])
    assert.ok(rows >= 2, 'the ledger has the rows of both runs')
    writeFileSync(configFile, 'publicUrl: [')
    await setTimeout(300)
    assert.equal((await fetch(`${url}/v1/authenticators`)).status, 200, 'a bad change changes nothing')
    assert.equal(await second.end('SIGINT'), 0)
  })

  test('a changed file is taken over while it runs', async (t) => {
    const { env } = homeOf(t)
    const { facts, said, end } = await up(t, env, '--memory')
    const names = async (): Promise<string[]> =>
      (await (await fetch(`${facts.url}/v1/authenticators`)).json()).map(({ name }: { name: string }) => name)
    assert.deepEqual(await names(), ['corp', 'github'])
    const text = readFileSync(facts.configFile, 'utf8')
    writeFileSync(facts.configFile, text.replaceAll('github', 'builds'))
    await until(async () => (await names()).includes('builds'), 'the change')
    assert.deepEqual(await names(), ['corp', 'builds'])
    assert.match(said(), /mayfly\.yaml was changed, and counts/)
    assert.equal(await end('SIGTERM'), 0)
    assert.ok(!existsSync(facts.configFile), 'nothing is left of it')
  })

  test('a port that is taken, and a database that is none, are told of in a sentence', async (t) => {
    const { env, scratch } = homeOf(t)
    const { facts, end } = await up(t, env, '--memory')
    const { port } = new URL(facts.url)
    const taken = await run([process.execPath, main, 'up', '--memory', '--port', port], env)
    assert.equal(taken.status, 2)
    assert.match(taken.stderr, /Port \d+ is taken[\s\S]*another one with --port/)
    const lasting = await run([process.execPath, main, 'up', '--port', port], env)
    assert.equal(lasting.status, 2)
    assert.ok(!existsSync(join(scratch, 'mayfly', 'up', 'mayfly.yaml')), 'the next run is not bound to that port')
    const none = await run([process.execPath, main, 'up', '--memory', '--postgres', 'mysql://x'], env)
    assert.equal(none.status, 2)
    assert.equal(await end('SIGTERM'), 0)
  })
})
