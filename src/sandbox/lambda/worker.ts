import { existsSync } from 'node:fs'
import { join, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { parentPort, workerData } from 'node:worker_threads'
import type { Run, Said } from './run.ts'

// The thread of one run. What stands in here sees the function's environment only.
const work = workerData as Omit<Run, 'zip' | 'env' | 'now'> & { readonly task: string }
const say = (said: Said): void => parentPort?.postMessage(said)

for (const [method, level] of Object.entries({
  ...{ log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR', debug: 'DEBUG', trace: 'TRACE' },
}))
  Object.defineProperty(console, method, {
    value: (...words: readonly unknown[]) =>
      say({ kind: 'log', text: `${work.requestId}\t${level}\t${format(...words)}\n` }),
  })

class RuntimeFailure extends Error {
  constructor(name: string, message: string) {
    super(message)
    this.name = name
  }
}

type Handler = (event: unknown, context: object, callback?: (error: unknown, result?: unknown) => void) => unknown

/** The function that `folder/file.name` means, from a CommonJS or an ES module. */
async function load(): Promise<Handler> {
  const dot = work.handler.lastIndexOf('.')
  const [path, name] = [work.handler.slice(0, dot), work.handler.slice(dot + 1)]
  const file = ['.js', '.mjs', '.cjs'].map((end) => join(work.task, path + end)).find(existsSync)
  if (dot < 1 || file === undefined || !file.startsWith(work.task + sep))
    throw new RuntimeFailure(
      'Runtime.ImportModuleError',
      `Error: Cannot find module '${path}'\nRequire stack:\n- worker`,
    )
  const module: Record<string, unknown> = await import(pathToFileURL(file).href)
  const main = module.default
  const inDefault = typeof main === 'object' && main !== null ? Object.entries(main) : []
  const handler = module[name] ?? new Map(inDefault).get(name)
  if (typeof handler !== 'function')
    throw new RuntimeFailure('Runtime.HandlerNotFound', `${work.handler} is undefined or not exported`)
  return handler as Handler
}

async function perform(): Promise<unknown> {
  const handler = await load()
  const began = performance.now()
  const context = {
    ...{ functionName: work.name, functionVersion: '$LATEST', invokedFunctionArn: work.arn },
    ...{ awsRequestId: work.requestId, memoryLimitInMB: String(work.memorySize), callbackWaitsForEmptyEventLoop: true },
    ...{ logGroupName: `/aws/lambda/${work.name}`, logStreamName: work.requestId },
    getRemainingTimeInMillis: () => Math.max(0, Math.round(work.timeout * 1000 - (performance.now() - began))),
  }
  if (handler.length < 3) return handler(work.event, context)
  return new Promise((resolve, reject) => {
    const callback = (error: unknown, result?: unknown): void => (error ? reject(error) : resolve(result))
    Promise.resolve(handler(work.event, context, callback)).then(
      (given) => given === undefined || resolve(given),
      reject,
    )
  })
}

function failure(error: unknown): string {
  if (!(error instanceof Error))
    return JSON.stringify({ errorType: typeof error, errorMessage: String(error), trace: [] })
  const told = { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? '').split('\n') }
  console.error('Invoke Error', JSON.stringify(told))
  return JSON.stringify(told)
}

const fail = (error: unknown): void => say({ kind: 'failed', payload: failure(error) })
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)
perform().then((result) => {
  let payload: string
  try {
    payload = JSON.stringify(result) ?? 'null'
  } catch (error) {
    fail(new RuntimeFailure('Runtime.MarshalError', error instanceof Error ? error.message : String(error)))
    return
  }
  say({ kind: 'done', payload })
}, fail)
