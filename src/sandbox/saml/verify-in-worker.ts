import { Worker } from 'node:worker_threads'
import type { Verified } from './verify-response.ts'

const patience = 5000
let worker: Worker | undefined
let last: Promise<unknown> = Promise.resolve()

/**
 * Verifies a response beside the event loop, which a signature would hold up for milliseconds; one after the other. A
 * document that takes longer than five seconds is no response. The thread is started when first needed and does not
 * keep a process alive.
 */
export function verifyInWorker(xml: string, keys: readonly string[]): Promise<Verified> {
  const mine = last.then(() => verifyNext(xml, keys))
  last = mine
  return mine
}

function verifyNext(xml: string, keys: readonly string[]): Promise<Verified> {
  // Beside this file, and written in what it is written in.
  const file = `./verify-worker.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`
  worker ??= new Worker(new URL(file, import.meta.url))
  const thread = worker
  return new Promise((resolve) => {
    const finish = (verified: Verified): void => {
      clearTimeout(timer)
      thread.off('message', finish).off('error', giveUp)
      thread.unref()
      resolve(verified)
    }
    /** Ends the thread, and with it whatever it is at; the next response gets a new one. */
    const giveUp = (): void => {
      worker = undefined
      void thread.terminate()
      finish({ kind: 'malformed' })
    }
    const timer = setTimeout(giveUp, patience)
    thread.on('message', finish).on('error', giveUp)
    thread.ref()
    thread.postMessage({ xml, keys })
  })
}
