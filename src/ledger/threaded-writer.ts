import { Worker } from 'node:worker_threads'
import { Failure, type FailureCode } from '../model/failure.ts'
import type { Writer } from './writer.ts'

/** What the thread is asked: one of a writer's verbs. It crosses as JSON, which costs a third of a clone. */
export interface Asked<Name extends keyof Writer = keyof Writer> {
  readonly id: number
  readonly name: Name
  readonly given: Parameters<Writer[Name]>
}

/** What it answers. The first answer, of number 0, says that the database is open. */
export interface Answer {
  readonly id: number
  readonly gave?: unknown
  readonly fault?: Fault
}

/** An error as it crosses threads. */
export interface Fault {
  readonly message: string
  readonly code?: FailureCode
  readonly hint?: string | undefined
}

interface Thread {
  readonly ask: <Name extends keyof Writer>(name: Name, given: Parameters<Writer[Name]>) => Promise<unknown>
  /** Resolves when it has ended, whatever ended it. */
  readonly ended: Promise<void>
  /** Ends it when it has done what it was asked; the process waits for that. */
  readonly end: () => Promise<void>
}

/**
 * Writes to a file of SQLite in a thread of its own, which keeps no process alive. A thread that ended (for want of
 * memory, say) fails what it was asked, and the next call starts another. Rejects with a `Failure`: `ledger-down`.
 */
export async function threadedWriter(file: string): Promise<Writer> {
  let thread: Promise<Thread> | undefined
  const begin = (): Promise<Thread> => {
    const mine = start(file)
    thread = mine
    const forget = (): void => {
      if (thread === mine) thread = undefined
    }
    mine.then(({ ended }) => ended.then(forget), forget)
    return mine
  }
  const ask = async <Name extends keyof Writer>(name: Name, given: Parameters<Writer[Name]>): Promise<unknown> =>
    (await (thread ?? begin())).ask(name, given)
  await begin()
  return {
    append: (groups) => ask('append', [groups]) as ReturnType<Writer['append']>,
    spend: (...given) => ask('spend', given) as ReturnType<Writer['spend']>,
    put: (...given) => ask('put', given) as ReturnType<Writer['put']>,
    take: (...given) => ask('take', given) as ReturnType<Writer['take']>,
    async close() {
      const last = await thread?.catch(() => undefined)
      await last?.end()
    },
  }
}

interface Pending {
  readonly resolve: (gave: unknown) => void
  readonly reject: (error: Error) => void
}

async function start(file: string): Promise<Thread> {
  // Beside this file, and written in what it is written in.
  const entry = `./writer-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`
  const worker = new Worker(new URL(entry, import.meta.url), { workerData: file, execArgv: [] })
  const pending = new Map<number, Pending>()
  let asked = 0
  let why: Error | undefined
  let ending = false
  const answered = (id: number): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (why) return reject(why)
      worker.ref()
      pending.set(id, { resolve, reject })
    })
  worker.on('message', (text: string) => {
    const { id, gave, fault }: Answer = JSON.parse(text)
    const one = pending.get(id)
    pending.delete(id)
    if (pending.size === 0 && !ending) worker.unref()
    if (fault) one?.reject(asError(fault))
    else one?.resolve(gave)
  })
  worker.on('error', (error) => {
    why = error instanceof Error ? error : new Error(String(error))
  })
  const ended = new Promise<void>((resolve) =>
    worker.once('exit', () => {
      why ??= new Error('the thread that writes the ledger has ended')
      for (const { reject } of pending.values()) reject(why)
      pending.clear()
      resolve()
    }),
  )
  await answered(asked)
  const ask: Thread['ask'] = (name, given) => {
    const id = ++asked
    worker.postMessage(JSON.stringify({ id, name, given } satisfies Asked<typeof name>))
    return answered(id)
  }
  const end = async (): Promise<void> => {
    ending = true
    await ask('close', [])
    await ended
  }
  return { ask, ended, end }
}

const asError = ({ message, code, hint }: Fault): Error =>
  code === undefined ? new Error(message) : new Failure(code, message, hint === undefined ? {} : { hint })
