import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Worker } from 'node:worker_threads'
import { unpack } from './code.ts'

export interface Run {
  readonly requestId: string
  readonly zip: Uint8Array
  readonly handler: string
  /** The whole environment of the function, credentials included. */
  readonly env: Readonly<Record<string, string>>
  readonly event: unknown
  /** Seconds. */
  readonly timeout: number
  /** MiB. */
  readonly memorySize: number
  readonly name: string
  readonly arn: string
  /** Stamps the lines of its log. */
  readonly now: () => Date
}

export interface Ran {
  /** What the handler gave back, or how it failed, as JSON. */
  readonly payload: string
  readonly failed: boolean
  readonly log: string
}

/** What a worker says. */
export type Said =
  | { readonly kind: 'log'; readonly text: string }
  | { readonly kind: 'done' | 'failed'; readonly payload: string }

/** Runs a function once, in a thread and a directory of its own, which both end with it. */
export async function run(work: Run): Promise<Ran> {
  const home = mkdtempSync(join(tmpdir(), 'mayfly-lambda-'))
  try {
    const task = join(home, 'task')
    mkdirSync(task, { mode: 0o700 })
    unpack(work.zip, task)
    lendSdk(home)
    return await inWorker(work, home, task)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** AWS's runtime has the SDK beside the function's own modules; here it is those clients that Mayfly has itself. */
function lendSdk(home: string): void {
  const modules = join(home, 'node_modules')
  mkdirSync(modules, { mode: 0o700 })
  const require = createRequire(import.meta.url)
  for (const [scope, known] of [['@aws-sdk', '@aws-sdk/client-iam']] as const)
    try {
      const file = require.resolve(known)
      symlinkSync(file.slice(0, file.lastIndexOf(scope) + scope.length), join(modules, scope), 'dir')
    } catch {
      // Not installed: a function that needs it says so itself.
    }
}

/** Characters of a log that are kept. */
const mostLogged = 1024 * 1024

function saidIn(message: unknown): Said | undefined {
  if (typeof message !== 'object' || message === null || !('kind' in message)) return undefined
  const { kind } = message
  if (kind === 'log')
    return 'text' in message && typeof message.text === 'string' ? { kind, text: message.text } : undefined
  if (kind !== 'done' && kind !== 'failed') return undefined
  return 'payload' in message && typeof message.payload === 'string' ? { kind, payload: message.payload } : undefined
}

const exitError = (requestId: string, how: string): string =>
  JSON.stringify({ errorType: 'Runtime.ExitError', errorMessage: `RequestId: ${requestId} Error: ${how}` })

function inWorker(work: Run, home: string, task: string): Promise<Ran> {
  const { requestId, timeout, memorySize } = work
  const lines: string[] = [`START RequestId: ${requestId} Version: $LATEST\n`]
  let size = 0
  const note = (text: string): void => {
    lines.push(text)
    size += text.length
    // Its tail is what is looked at; the line that says what began stays.
    while (size > mostLogged && lines.length > 2) size -= lines.splice(1, 1)[0]?.length ?? 0
  }
  // Beside this file, and written in what it is written in.
  const file = `./worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`
  const began = performance.now()
  const worker = new Worker(new URL(file, import.meta.url), {
    env: { ...work.env, HOME: home, LAMBDA_TASK_ROOT: task, _HANDLER: work.handler },
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: memorySize },
    stdout: true,
    stderr: true,
    workerData: { ...work, zip: undefined, env: undefined, now: undefined, task },
  })
  for (const stream of [worker.stdout, worker.stderr]) stream.setEncoding('utf8').on('data', note)
  return new Promise((resolve) => {
    let over = false
    // The first that is said counts: ending the thread is an exit, too.
    const end = (payload: string, failed: boolean): void => {
      if (over) return
      over = true
      clearTimeout(timer)
      const took = (performance.now() - began).toFixed(2)
      void worker.terminate().then(() => {
        const report = `REPORT RequestId: ${requestId}\tDuration: ${took} ms\tBilled Duration: ${Math.ceil(Number(took))} ms\tMemory Size: ${memorySize} MB\n`
        resolve({ payload, failed, log: `${lines.join('')}END RequestId: ${requestId}\n${report}` })
      })
    }
    const timer = setTimeout(() => {
      const how = `RequestId: ${requestId} Error: Task timed out after ${timeout.toFixed(2)} seconds`
      end(JSON.stringify({ errorType: 'Sandbox.Timedout', errorMessage: how }), true)
    }, timeout * 1000)
    // The function's own code can say anything here, too.
    worker.on('message', (message: unknown) => {
      const said = saidIn(message)
      if (said?.kind === 'log') note(`${work.now().toISOString()}\t${said.text}`)
      else if (said) end(said.payload, said.kind === 'failed')
    })
    worker.on('error', (error) => {
      note(`${inspect(error)}\n`)
      const outOfMemory = error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      end(exitError(requestId, `Runtime exited with error: ${outOfMemory ? 'signal: killed' : 'exit status 1'}`), true)
    })
    worker.on('exit', (status) =>
      end(
        exitError(
          requestId,
          status === 0
            ? 'Runtime exited without providing a reason'
            : `Runtime exited with error: exit status ${status}`,
        ),
        true,
      ),
    )
  })
}
