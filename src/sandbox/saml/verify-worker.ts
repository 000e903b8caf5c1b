import { parentPort } from 'node:worker_threads'
import { verifyResponse } from './verify-response.ts'

// The other end of verify-in-worker.ts: nothing but that file starts it, as a thread.
parentPort?.on('message', ({ xml, keys }: { readonly xml: string; readonly keys: readonly string[] }) =>
  parentPort?.postMessage(verifyResponse(xml, keys)),
)
