import type { Kysely } from 'kysely'
import { Failure } from '../model/failure.ts'
import type { LedgerEvent, LedgerRow } from '../model/ledger-event.ts'
import type { Revocation } from '../model/revocation.ts'
import type { Ledger } from './ledger.ts'
import { findEvents, findRequests, findSessions } from './queries.ts'
import { headOf, type Schema } from './schema.ts'
import { type Marks, plain, run, stateIn } from './state.ts'
import type { Writer } from './writer.ts'

export interface SqlParts {
  /** What it is read by. */
  readonly db: Kysely<Schema>
  readonly marks: Marks
  /** What it is written by. */
  readonly writer: Writer
  /** The number of the last row when it was opened. */
  readonly start: number
  /** Calls back when another process may have appended. Gives what ends it. */
  readonly onAnnounced: (listener: () => void) => () => Promise<void>
}

interface Waiting {
  readonly events: readonly LedgerEvent[]
  readonly resolve: (rows: readonly LedgerRow[]) => void
  readonly reject: (error: unknown) => void
}

/** A ledger over a SQL database. What waits to be appended goes down together: one transaction, one wait for the disk. */
export function sqlLedger({ db, marks, writer, start, onAnnounced }: SqlParts): Ledger {
  const state = stateIn(db, marks)
  const listeners = new Map<(row: LedgerRow) => void, number>()
  const waiting: Waiting[] = []
  let writing: Promise<void> | undefined
  let told = start
  let written = start
  let telling = Promise.resolve()
  let closed = false

  const ledger: Ledger = {
    append: (events) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(down(new Error('the ledger is closed')))
        waiting.push({ events, resolve, reject })
        writing ??= drain()
      }),
    session: (id) => orDown(() => state.session(id)),
    sessions: (query) => orDown(() => findSessions(db, query)),
    countLive: (now) =>
      orDown(async () => {
        const live = db.selectFrom('session').where('ends_at', '>', now)
        return Number((await live.select(({ fn }) => fn.countAll().as('live')).executeTakeFirst())?.live ?? 0)
      }),
    request: (id) => orDown(() => state.request(id)),
    requests: (query) => orDown(() => findRequests(db, query)),
    revocation: (id) => orDown(() => state.revocation(id)),
    revocations: ({ limit = 100, since }) =>
      orDown(async () => {
        const all = db.selectFrom('revocation').select('body').orderBy('at', 'desc')
        const rows = since === undefined ? all.limit(Math.min(limit, 1000)) : all.where('at', '>', since)
        return (await rows.execute()).map(({ body }) => JSON.parse(body) as Revocation)
      }),
    events: async function* (query) {
      try {
        yield* findEvents(db, query)
      } catch (error) {
        throw down(error)
      }
    },
    watch(listener) {
      listeners.set(listener, written)
      return () => listeners.delete(listener)
    },
    barrier: (principalId) => orDown(() => state.barrier(principalId)),
    head: () => orDown(() => headOf(db)),
    spend: (proof, until, now) => orDown(() => writer.spend(proof, until, now)),
    put: (name, text, until, now) => orDown(() => writer.put(name, text, until, now)),
    get: (name, now) =>
      orDown(async () => {
        // Asked at every call of the API.
        const asked = 'SELECT text FROM left_text WHERE name = ? AND until > ?'
        return (await run<{ readonly text: string }>(db, marks, asked, [plain(name), now]))[0]?.text
      }),
    take: (name, now) => orDown(() => writer.take(name, now)),
    async close() {
      if (closed) return
      closed = true
      await writing
      await telling
      await stopListening()
      await db.destroy()
      await writer.close()
    },
  }

  const stopListening = onAnnounced(() => void tell())
  return ledger

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      // Whoever is about to append goes down with this one: the wait for the disk is what costs.
      for (let before = 0; waiting.length > before && waiting.length < mostAtOnce; ) {
        before = waiting.length
        await new Promise((resolve) => setImmediate(resolve))
      }
      const batch = waiting.splice(0, mostAtOnce)
      try {
        const rows = await writer.append(batch.map(({ events }) => events))
        void tell(rows.flat())
        for (const [place, { resolve }] of batch.entries()) resolve(rows[place] ?? [])
      } catch (error) {
        // One of many may be at fault: each alone then, so that the others do not suffer.
        if (batch.length === 1) batch[0]?.reject(error instanceof Failure ? error : down(error))
        else
          for (const one of batch)
            await writer.append([one.events]).then(
              ([rows = []]) => {
                void tell(rows)
                one.resolve(rows)
              },
              (fault) => one.reject(fault instanceof Failure ? fault : down(fault)),
            )
      }
    }
    // Here and not when its promise settles: who appends in between would wait for a drain that is over.
    writing = undefined
  }

  /** Tells listeners of every row since the last one they were told of, in order, whoever wrote it. */
  function tell(fresh: readonly LedgerRow[] = []): Promise<void> {
    written = Math.max(written, fresh.at(-1)?.seq ?? 0)
    const once = async (): Promise<void> => {
      // Own rows need no reading, unless another process wrote in between.
      const first = fresh[0]
      const rows = first?.seq === told + 1 ? fresh : findEvents(db, { after: told })
      for await (const row of rows) {
        if (row.seq <= told) continue
        told = row.seq
        for (const [listener, since] of listeners) if (row.seq > since) listener(row)
      }
    }
    // What could not be read now is told the next time: one failure must not end the telling.
    telling = telling.then(once).catch(() => undefined)
    return telling
  }
}

const mostAtOnce = 256
async function orDown<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof Failure ? error : down(error)
  }
}

const down = (cause: unknown): Failure =>
  new Failure('ledger-down', 'The ledger cannot be read or written, so nothing is issued.', {
    hint: 'Look at its database: is it there, is the disk full?',
    cause,
  })
