import assert from 'node:assert/strict'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { bench, type Ran, root, run } from './clients.ts'

/** The example as its reader has it, in a directory of its own; its packages are those of the checkout. */
export function exampleIn(directory: string): string {
  const example = join(root, 'examples', 'aws-cdk')
  mkdirSync(directory, { recursive: true })
  for (const name of ['bin', 'lib', 'cdk.json', 'package.json', 'phone.mjs'])
    cpSync(join(example, name), join(directory, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  return directory
}

/** Who deploys: the example in a directory of its own, the CDK CLI as it is published, and a sandbox. */
export async function deployer(t: TestContext) {
  const { sandbox, home, admin, nobody } = await bench(t)
  const directory = exampleIn(join(home, 'app'))
  const door = await closedDoor(t)
  const quiet = { CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: 'true', NO_COLOR: '1', CI: '1' }
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = { ...admin, ...door.env, ...quiet, PATH: path }
  const cli = join(root, 'node_modules', '.bin', 'cdk')
  const cdk = (...words: string[]): Promise<Ran> =>
    run([process.execPath, cli, ...words, '--no-notices'], env, directory)
  return { sandbox, home, directory, door, nobody, cdk }
}

/** Status 0, or what was said. */
export function good(ran: Ran): string {
  assert.equal(ran.status, 0, `${ran.stdout}\n${ran.stderr}`)
  return ran.stdout + ran.stderr
}

/** A way out that leads nowhere and knows who tried: for programs that are to talk to the sandbox and to nobody else. */
export async function closedDoor(t: TestContext): Promise<{ readonly env: NodeJS.ProcessEnv; tried(): number }> {
  let tried = 0
  const door = createServer((socket) => {
    tried++
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => door.once('listening', resolve))
  t.after(() => door.close())
  const address = door.address()
  const proxy = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return {
    env: {
      HTTPS_PROXY: proxy,
      https_proxy: proxy,
      HTTP_PROXY: proxy,
      http_proxy: proxy,
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
    },
    tried: () => tried,
  }
}
