/**
 * A broker in a process that somebody kills. What takes time to load is loaded before it is told to begin, by a line of
 * JSON on standard input; it then says its port on a line of its own.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseConfig } from '../../src/broker/config/read-config.ts'
import { openBroker } from '../../src/broker/open-broker.ts'
import type { SigningKey } from '../../src/model/signing-key.ts'

export interface Beginning {
  readonly file: string
  readonly key: SigningKey
  /** Milliseconds that its clock is ahead of the machine's. */
  readonly ahead: number
}

createInterface(process.stdin).once('line', async (line) => {
  const { file, key, ahead }: Beginning = JSON.parse(line)
  const config = parseConfig(readFileSync(file, 'utf8'), file)
  const broker = await openBroker({
    held: { current: () => config, reload: () => undefined, close: () => undefined },
    key: async () => key,
    fetch: (request) => fetch(request),
    now: () => new Date(Date.now() + ahead),
    randomBytes,
    log: (level, message, detail) => {
      if (level === 'error') process.stderr.write(`${message} ${JSON.stringify(detail ?? {})}\n`)
    },
    patience: 5000,
  })
  process.stdout.write(`${JSON.stringify({ port: broker.port })}\n`)
})
