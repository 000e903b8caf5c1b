import { parentPort } from 'node:worker_threads'
import { verifyResponse } from './verify-response.ts'

// The other end of verify-in-worker.ts: nothing but that file starts it, as a thread.
parentPort?.on('message', ({ id, xml, keys }: { id: number; xml: string; keys: readonly string[] }) => {
  parentPort?.postMessage({ id, verified: verifyResponse(xml, keys) })
})
