import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { keyOf } from '../../src/sandbox/cloud.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'
import { stepAt, totpAt } from '../../src/sandbox/mfa.ts'
import { compiled, type Ran, root, run } from '../clients/clients.ts'

const seed = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'

/** Ann at her machine: a home of her own, a sandbox for AWS, her authenticator, and the command line as she types it. */
export interface Ann {
  readonly sandbox: Sandbox
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  readonly accessKeyId: string
  readonly secret: string
  /** The code her app shows now. */
  code(): string
  /** Half a minute passes for AWS and for her app. */
  waitForNextCode(): void
  mayfly(...words: string[]): Promise<Ran>
  read(name: string): string
  write(name: string, content: string): void
  /** How often AWS was asked for this. */
  calls(operation: string): number
}

/** Sets her up: an IAM user with a device and a key in ~/.aws/credentials, the role `reader` that asks for MFA. */
export async function ann(t: TestContext): Promise<Ann> {
  let passed = 0
  const now = (): Date => new Date(Date.now() + passed)
  const sandbox = await startSandbox({ now, randomBytes })
  const home = mkdtempSync(join(tmpdir(), 'mayfly-journey-'))
  t.after(async () => {
    await sandbox.close()
    rmSync(home, { recursive: true, force: true })
  })
  const { accountId, cloud, endpoint } = sandbox
  const serial = `arn:aws:iam::${accountId}:mfa/ann`
  const accessKeyId = 'AKIARTX3GSDSJOURNEYA'
  const secret = randomBytes(30).toString('base64')
  const createdAt = now().toISOString()
  const common = { accountId, path: '/', createdAt, tags: {}, attached: [] as string[] }
  const allow = (action: string): string =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] })
  const user = {
    ...common,
    name: 'ann',
    id: 'AIDARTX3GSDSJOURNEYAN',
    arn: `arn:aws:iam::${accountId}:user/ann`,
    groups: [],
  }
  cloud.users.put(keyOf(accountId, 'ann'), { ...user, inline: { all: allow('*') } })
  cloud.accessKeys.put(accessKeyId, {
    id: accessKeyId,
    secret,
    accountId,
    userName: 'ann',
    status: 'Active',
    createdAt,
  })
  cloud.mfaDevices.put(serial, {
    serial,
    accountId,
    name: 'ann',
    path: '/',
    seed,
    createdAt,
    userName: 'ann',
    enabledAt: createdAt,
    tags: {},
  })
  cloud.roles.put(keyOf(accountId, 'reader'), {
    ...common,
    name: 'reader',
    id: 'AROARTX3GSDSJOURNEYRE',
    arn: `arn:aws:iam::${accountId}:role/reader`,
    inline: { read: allow('s3:List*') },
    maxSessionDuration: 7200,
    trust: JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: accountId },
          Action: 'sts:AssumeRole',
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
      ],
    }),
  })
  mkdirSync(join(home, '.aws'), { mode: 0o700 })
  const write = (name: string, content: string): void => writeFileSync(join(home, name), content, { mode: 0o600 })
  write(
    '.aws/credentials',
    `# keys of mine\n[ann]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secret}\n\n[other] ; kept\nregion=eu-west-1\n`,
  )
  write(
    '.aws/config',
    `[profile ann]\nregion = us-east-1\nendpoint_url = ${endpoint}\nmfa_serial = ${serial}\n\n[profile reader]\nsource_profile = ann\nrole_arn = arn:aws:iam::${accountId}:role/reader\nendpoint_url = ${endpoint}\n`,
  )
  const env: NodeJS.ProcessEnv = {
    ...compiled,
    PATH: process.env.PATH,
    HOME: home,
    MAYFLY_HOME: join(home, 'mayfly'),
    SHELL: '/bin/bash',
  }
  return {
    sandbox,
    home,
    env,
    accessKeyId,
    secret,
    code: () => totpAt(seed, stepAt(now())),
    waitForNextCode: () => {
      passed += 30_000
    },
    mayfly: (...words) => run([process.execPath, join(root, 'src', 'cli', 'main.ts'), ...words], env, home),
    read: (name) => readFileSync(join(home, name), 'utf8'),
    write,
    calls: (operation) => [...cloud.calls.values()].filter((call) => call.operation === operation).length,
  }
}
