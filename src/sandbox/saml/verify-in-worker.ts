import { Worker } from 'node:worker_threads'
import type { Verified } from './verify-response.ts'

interface Waiting {
  readonly resolve: (verified: Verified) => void
  readonly patience: NodeJS.Timeout
}

const patience = 5000
const waiting = new Map<number, Waiting>()
let worker: Worker | undefined
let last = 0

/**
 * Verifies a response beside the event loop, which a signature would hold up for milliseconds. A document that takes
 * longer than five seconds is no response. The thread is started when first needed and does not keep a process alive.
 */
export function verifyInWorker(xml: string, keys: readonly string[]): Promise<Verified> {
  const thread = running()
  return new Promise((resolve) => {
    const id = ++last
    waiting.set(id, { resolve, patience: setTimeout(giveUp, patience) })
    thread.ref()
    thread.postMessage({ id, xml, keys })
  })
}

function running(): Worker {
  if (worker) return worker
  // Beside this file, and written in what it is written in.
  const started = new Worker(
    new URL(`./verify-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
  )
  started.on('message', ({ id, verified }: { id: number; verified: Verified }) => {
    settle(id, verified)
    if (waiting.size === 0) started.unref()
  })
  started.on('error', giveUp)
  worker = started
  return started
}

/** Ends the thread, and with it whatever it was at; the next response gets a new one. */
function giveUp(): void {
  const old = worker
  worker = undefined
  for (const id of waiting.keys()) settle(id, { kind: 'malformed' })
  void old?.terminate()
}

function settle(id: number, verified: Verified): void {
  const one = waiting.get(id)
  if (!one) return
  waiting.delete(id)
  clearTimeout(one.patience)
  one.resolve(verified)
}
