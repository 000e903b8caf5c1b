import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { knowsEndpoints } from '../../src/cli/tour/knows-endpoints.ts'
import { type Sandbox, startSandbox } from '../../src/sandbox/index.ts'

export const root = join(import.meta.dirname, '..', '..')
export const mayfly = join(root, 'mayfly')

export interface Ran {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** For processes of Node.js: what is compiled once need not be again. The same directory as `./mayfly` has. */
export const compiled = {
  NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'mayfly'),
}

/** Runs a program to its end. `input` is written to its standard input. */
export function run(words: readonly string[], env: NodeJS.ProcessEnv, cwd?: string, input?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const [program = '', ...rest] = words
    const whole = program === process.execPath ? { ...compiled, ...env } : env
    const child = spawn(program, rest, { env: whole, ...(cwd ? { cwd } : {}), stdio: ['pipe', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', (error) => resolve({ status: 127, stdout, stderr: error.message }))
    child.on('close', (status) => resolve({ status: status ?? 1, stdout, stderr }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input ?? '')
  })
}

/** A sandbox, a home directory of its own, and an environment in which an official client finds both and nothing else. */
export interface Bench {
  readonly sandbox: Sandbox
  readonly home: string
  /** Nothing of the machine's AWS or Mayfly settings; the administrator's key of the sandbox. */
  readonly admin: NodeJS.ProcessEnv
  /** The same without any credentials. */
  readonly nobody: NodeJS.ProcessEnv
  write(name: string, content: string): string
}

export async function bench(t: TestContext): Promise<Bench> {
  const sandbox = await startSandbox({ now: () => new Date(), randomBytes })
  const home = mkdtempSync(join(tmpdir(), 'mayfly-clients-'))
  mkdirSync(join(home, '.aws'), { mode: 0o700 })
  t.after(async () => {
    await sandbox.close()
    rmSync(home, { recursive: true, force: true })
  })
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(AWS|MAYFLY)_/.test(name)))
  const nobody: NodeJS.ProcessEnv = {
    ...clean,
    HOME: home,
    MAYFLY_HOME: join(home, 'mayfly'),
    AWS_CONFIG_FILE: join(home, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws', 'credentials'),
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_REGION: sandbox.region,
    AWS_DEFAULT_REGION: sandbox.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  }
  return {
    sandbox,
    home,
    nobody,
    admin: { ...nobody, AWS_ACCESS_KEY_ID: sandbox.accessKeyId, AWS_SECRET_ACCESS_KEY: sandbox.secretAccessKey },
    write: (name, content) => {
      const file = join(home, name)
      writeFileSync(file, content, { mode: 0o600 })
      return file
    },
  }
}

const awsCli = process.env.MAYFLY_TEST_AWS ?? 'aws'
const python = process.env.MAYFLY_TEST_PYTHON ?? 'python3'
const answers = async (...words: string[]): Promise<boolean> => (await run(words, process.env)).status === 0

const version = await run([awsCli, '--version'], process.env)

/** The AWS CLI, or the reason it cannot be tested with here. An old one would go to AWS itself. */
export const aws =
  version.status === 0 && knowsEndpoints(version.stdout + version.stderr)
    ? { program: awsCli, skip: false as const }
    : {
        program: awsCli,
        skip: `${version.status === 0 ? 'the AWS CLI here knows no AWS_ENDPOINT_URL' : 'no AWS CLI here'}: pip install -r test/clients/requirements.txt and set MAYFLY_TEST_AWS`,
      }

/** Python with boto3, or the reason. */
export const boto3 = (await answers(python, '-c', 'import boto3'))
  ? { program: python, skip: false as const }
  : { program: python, skip: 'no boto3 here: pip install -r test/clients/requirements.txt and set MAYFLY_TEST_PYTHON' }
