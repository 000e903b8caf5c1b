import type { Kysely, Transaction } from 'kysely'
import type { LedgerEvent, LedgerRow } from '../model/ledger-event.ts'
import { link } from './chain.ts'
import { fold } from './fold.ts'
import type { Ledger } from './ledger.ts'
import { mentionedIn } from './queries.ts'
import { headOf, type Schema } from './schema.ts'
import { type Marks, plain, stateIn } from './state.ts'

/** What changes the tables of a ledger. Rejects with a `Failure` of code `ledger-conflict`, or as the database did. */
export interface Writer extends Pick<Ledger, 'spend' | 'put' | 'take' | 'close'> {
  /** Appends groups of events in one transaction, so in one wait for the disk. One that does not follow refuses all. */
  append(groups: readonly (readonly LedgerEvent[])[]): Promise<readonly (readonly LedgerRow[])[]>
}

/** What differs between databases. */
export interface WriterParts {
  readonly db: Kysely<Schema>
  readonly marks: Marks
  /** Takes the lock under which rows are numbered, until the transaction ends. */
  readonly lock: (transaction: Transaction<Schema>) => Promise<void>
  /** Tells other processes, within the transaction, that there is more. */
  readonly announce: (transaction: Transaction<Schema>, seq: number) => Promise<void>
}

export function sqlWriter({ db, marks, lock, announce }: WriterParts): Writer {
  return {
    append: (groups) =>
      db.transaction().execute(async (transaction) => {
        await lock(transaction)
        let head = await headOf(transaction)
        const within = stateIn(transaction, marks)
        const events: { seq: number; kind: string; body: string; hash: string }[] = []
        const mentions: { thing: string; seq: number }[] = []
        const appended: LedgerRow[][] = []
        for (const group of groups) {
          const rows: LedgerRow[] = []
          for (const event of group) {
            const { body, ...row } = link(head.hash, head.seq + 1, await fold(event, within))
            head = row
            rows.push(row)
            events.push({ seq: row.seq, kind: event.kind, body, hash: row.hash })
            for (const thing of mentionedIn(row.event)) mentions.push({ thing, seq: row.seq })
          }
          appended.push(rows)
        }
        for (const part of parts(events)) await transaction.insertInto('event').values(part).execute()
        for (const part of parts(mentions)) await transaction.insertInto('mention').values(part).execute()
        await announce(transaction, head.seq)
        return appended
      }),
    async spend(proof, until, now) {
      await db
        .deleteFrom('spent')
        .where('until', '<', now - ofClocks)
        .execute()
      const spent = await db
        .insertInto('spent')
        .values({ proof: plain(proof), until })
        .onConflict((clash) => clash.column('proof').doNothing())
        .executeTakeFirst()
      return Number(spent.numInsertedOrUpdatedRows ?? 0) === 1
    },
    async put(name, text, until, now) {
      // Here too: what nobody ever takes must not pile up.
      await db.deleteFrom('left_text').where('until', '<=', now).execute()
      const left = await db
        .insertInto('left_text')
        .values({ name: plain(name), text, until })
        .onConflict((clash) => clash.column('name').doNothing())
        .executeTakeFirst()
      return Number(left.numInsertedOrUpdatedRows ?? 0) === 1
    },
    async take(name, now) {
      await db.deleteFrom('left_text').where('until', '<=', now).execute()
      const taken = db.deleteFrom('left_text').where('name', '=', plain(name)).returning('text')
      return (await taken.executeTakeFirst())?.text
    },
    close: () => db.destroy(),
  }
}

const perInsert = 200
/** By so many milliseconds the clocks of two brokers differ at most. */
const ofClocks = 3_600_000

function* parts<T>(rows: readonly T[]): Generator<readonly T[]> {
  for (let place = 0; place < rows.length; place += perInsert) yield rows.slice(place, place + perInsert)
}
