/** A broker in a process of its own, which `broker.ts` measures. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseConfig } from '../src/broker/config/read-config.ts'
import { openBroker } from '../src/broker/open-broker.ts'
import { nodePost } from '../src/host/post.ts'

const { MAYFLY_BENCH_FILE: file = '', MAYFLY_BENCH_KEY: key = '' } = process.env
const config = parseConfig(readFileSync(file, 'utf8'), file)
const broker = await openBroker({
  held: { current: () => config, reload: () => undefined, close: () => undefined },
  key: async () => JSON.parse(key),
  fetch: (request) => fetch(request),
  post: nodePost({}),
  now: () => new Date(),
  randomBytes,
  log: () => undefined,
})
process.send?.({ port: broker.port })
process.once('disconnect', () => void broker.close())
