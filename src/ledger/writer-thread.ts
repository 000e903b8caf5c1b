/** The thread in which the ledger's file is written: does what it is asked, and answers. See `threaded-writer.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { Failure } from '../model/failure.ts'
import { kyselyOver, openForWriting } from './sqlite-database.ts'
import { sqliteWriter } from './sqlite-writer.ts'
import type { Answer, Asked, Fault } from './threaded-writer.ts'
import type { Writer } from './writer.ts'

const asFault = (error: unknown): Fault =>
  error instanceof Failure
    ? { message: error.message, code: error.code, hint: error.hint }
    : { message: error instanceof Error ? error.message : String(error) }

const answer = (given: Answer): void => parentPort?.postMessage(JSON.stringify(given))

const doing = <Name extends keyof Writer>(writer: Writer, { name, given }: Asked<Name>): Promise<unknown> =>
  (writer[name] as (...given: Parameters<Writer[Name]>) => Promise<unknown>)(...given)

try {
  const writer = await sqliteWriter(kyselyOver(openForWriting(workerData)))
  parentPort?.on('message', async (text: string) => {
    const asked: Asked = JSON.parse(text)
    try {
      answer({ id: asked.id, gave: await doing(writer, asked) })
    } catch (error) {
      answer({ id: asked.id, fault: asFault(error) })
    }
    if (asked.name === 'close') parentPort?.close()
  })
  answer({ id: 0 })
} catch (error) {
  answer({ id: 0, fault: asFault(error) })
}
