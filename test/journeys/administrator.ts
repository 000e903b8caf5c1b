import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { compiled, type Ran, root, run } from '../clients/clients.ts'

export const main = join(root, 'src', 'cli', 'main.ts')

/** An administrator at their machine: a sandbox for AWS, its key in the shell, and an empty ~/.aws. */
export interface AnAdministrator {
  readonly sandbox: Sandbox
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  /** A command that plays the phone when a device is enrolled. */
  readonly phone: string
  mayfly(...words: string[]): Promise<Ran>
  mayflyWith(env: NodeJS.ProcessEnv, ...words: string[]): Promise<Ran>
  read(name: string): string
  write(name: string, content: string): void
  /** How often AWS was asked for this. */
  calls(operation: string): number
}

export async function anAdministrator(t: TestContext): Promise<AnAdministrator> {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  const home = mkdtempSync(join(tmpdir(), 'mayfly-setup-'))
  t.after(async () => {
    await sandbox.close()
    rmSync(home, { recursive: true, force: true })
  })
  mkdirSync(join(home, '.aws'), { mode: 0o700 })
  const write = (name: string, content: string): void => writeFileSync(join(home, name), content, { mode: 0o600 })
  write(
    'phone.mjs',
    `import { readFileSync, writeFileSync } from 'node:fs'
import { stepAt, totpAt } from ${JSON.stringify(join(root, 'src', 'sandbox', 'mfa.ts'))}
const seed = new URL(readFileSync(0, 'utf8').trim()).searchParams.get('secret')
writeFileSync(new URL('seed', import.meta.url), seed)
const step = stepAt(new Date())
console.log(totpAt(seed, step - 1), totpAt(seed, step))
`,
  )
  const env: NodeJS.ProcessEnv = {
    ...compiled,
    PATH: process.env.PATH,
    HOME: home,
    MAYFLY_HOME: join(home, 'mayfly'),
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: sandbox.region,
  }
  const admin = { AWS_ACCESS_KEY_ID: sandbox.accessKeyId, AWS_SECRET_ACCESS_KEY: sandbox.secretAccessKey }
  const mayflyWith = (more: NodeJS.ProcessEnv, ...words: string[]): Promise<Ran> =>
    run([process.execPath, main, ...words], { ...env, ...more }, home)
  return {
    ...{ sandbox, home, env: { ...env, ...admin }, mayflyWith },
    phone: `'${process.execPath}' '${join(home, 'phone.mjs')}'`,
    mayfly: (...words) => mayflyWith(words[0] === 'setup' ? admin : {}, ...words),
    read: (name) => readFileSync(join(home, name), 'utf8'),
    write,
    calls: (operation) => [...sandbox.cloud.calls.values()].filter((call) => call.operation === operation).length,
  }
}
