import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { Sandbox } from '../../sandbox/index.ts'
import { knowsEndpoints } from './knows-endpoints.ts'

/** What a command did: what it wrote, and how it ended. */
export interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** A sandbox and a home of its own for the tour: nothing of the user's `~/.aws` or vault is read or written. */
export interface Stage {
  readonly sandbox: Sandbox
  readonly directory: string
  /** The AWS CLI when the machine has one that can be led to the sandbox, else the tour's calls through the SDK. */
  readonly aws: readonly string[]
  readonly environment: NodeJS.ProcessEnv
  /** Runs a command of the story, `aws …` or `mayfly …`, in the tour's directory. */
  run(words: readonly string[], more?: NodeJS.ProcessEnv): Promise<Outcome>
  /** Writes a program of this command line, for profiles that name one. */
  program(name: string, commandLine: string): void
  /** What the person at the browser will type, by the names of the pages' fields. */
  answer(fields: Readonly<Record<string, string>>): void
  /** Asks a control endpoint of the sandbox. */
  control(method: 'GET' | 'PUT', path: string, body?: object): Promise<unknown>
  /** Adds a section to the tour's ~/.aws/config. */
  append(section: string): void
  /** Writes a JSON file the commands refer to. */
  write(name: string, content: object | string): void
  /** A command that stands in for the person's authenticator app. */
  readonly phone: string
  /** Does this when the tour is over, before the sandbox ends. */
  atEnd(work: () => Promise<void>): void
  /** Ends and removes everything the tour made; the sandbox is somebody else's. */
  clear(): Promise<void>
}

const script = (name: string): string => join(import.meta.dirname, `${name}${extname(import.meta.filename)}`)

const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** Writes an executable that runs these words and whatever follows them. */
function writeProgram(directory: string, name: string, words: readonly string[]): string {
  const path = join(directory, name)
  writeFileSync(path, `#!/bin/sh\nexec ${words.map(shellWord).join(' ')} "$@"\n`, { mode: 0o700 })
  return path
}

/** Sets the stage around a running sandbox. */
export function setStage(sandbox: Sandbox, env: NodeJS.ProcessEnv): Stage {
  const directory = mkdtempSync(join(tmpdir(), 'mayfly-tour-'))
  mkdirSync(join(directory, '.aws'), { mode: 0o700 })
  const clean = Object.fromEntries(Object.entries(env).filter(([name]) => !/^(AWS|MAYFLY)_/.test(name)))
  const environment: NodeJS.ProcessEnv = {
    ...clean,
    // Some of AWS's own tools share files under ~/.aws that no variable names.
    HOME: directory,
    AWS_CONFIG_FILE: join(directory, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(directory, '.aws', 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
    MAYFLY_HOME: join(directory, 'mayfly'),
    // The person at the browser: a script that fills in the forms.
    BROWSER: writeProgram(directory, 'browser', [process.execPath, script('person'), join(directory, 'answers.json')]),
    MAYFLY_TOUR_CONTROL: sandbox.controlToken,
    MAYFLY_CONTROL_TOKEN: sandbox.controlToken,
    NO_COLOR: '1',
    ...(env.NODE_COMPILE_CACHE ? { NODE_COMPILE_CACHE: env.NODE_COMPILE_CACHE } : {}),
  }
  const found = spawnSync('aws', ['--version'], { env: environment, encoding: 'utf8' })
  const isCli = found.status === 0 && knowsEndpoints(found.stdout + found.stderr)
  const aws = isCli ? ['aws'] : [process.execPath, script('aws')]
  const programs: Readonly<Record<string, readonly string[]>> = {
    aws,
    mayfly: [process.execPath, join(import.meta.dirname, '..', `main${extname(import.meta.filename)}`)],
  }
  /** `aws` and `mayfly` as programs of this machine, at the start and behind a `--`; elsewhere they are just words. */
  const expanded = (words: readonly string[]): string[] =>
    words.flatMap((word, place) => ((place === 0 || words[place - 1] === '--') && programs[word]) || [word])
  const last: (() => Promise<void>)[] = []
  return {
    sandbox,
    directory,
    aws,
    // The person's authenticator app: it keeps the seed shown at enrolment and prints the codes.
    phone: writeProgram(directory, 'phone', [
      process.execPath,
      script('authenticator'),
      join(directory, 'phone.seed'),
      sandbox.endpoint,
    ]),
    program: (name, commandLine) => void writeProgram(directory, name, expanded(commandLine.split(' '))),
    answer: (fields) => writeFileSync(join(directory, 'answers.json'), JSON.stringify(fields), { mode: 0o600 }),
    control: async (method, path, body) => {
      const answer = await fetch(`${sandbox.endpoint}/_mayfly/${path}`, {
        method,
        headers: { authorization: `Bearer ${sandbox.controlToken}`, 'content-type': 'application/json' },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
      return answer.json()
    },
    environment,
    run: (words, more = {}) => start(expanded(words), { ...environment, ...more }, directory),
    append: (section) => appendFileSync(join(directory, '.aws', 'config'), `\n${section}\n`),
    write: (name, content) =>
      writeFileSync(
        join(directory, name),
        typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`,
        { mode: 0o600 },
      ),
    atEnd: (work) => void last.push(work),
    clear: async () => {
      for (const work of last) await work()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function start(words: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const [program = '', ...rest] = words
    const child = spawn(program, rest, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ status: code ?? 1, stdout: stdout.trimEnd(), stderr: stderr.trim() }))
  })
}
