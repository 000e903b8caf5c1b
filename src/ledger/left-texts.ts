import type { Kysely } from 'kysely'
import type { Ledger } from './ledger.ts'
import type { Schema } from './schema.ts'
import { type Marks, plain, run } from './state.ts'

/** Texts that brokers leave for each other for a while, in a database they share. */
export function leftTexts(
  db: Kysely<Schema>,
  marks: Marks,
  orDown: <T>(work: () => Promise<T>) => Promise<T>,
): Pick<Ledger, 'put' | 'get' | 'take'> {
  return {
    put: (name, text, until, now) =>
      orDown(async () => {
        // Here too: what nobody ever takes must not pile up.
        await db.deleteFrom('left_text').where('until', '<=', now).execute()
        const left = await db
          .insertInto('left_text')
          .values({ name: plain(name), text, until })
          .onConflict((clash) => clash.column('name').doNothing())
          .executeTakeFirst()
        return Number(left.numInsertedOrUpdatedRows ?? 0) === 1
      }),
    get: (name, now) =>
      orDown(async () => {
        // Asked at every call of the API.
        const asked = 'SELECT text FROM left_text WHERE name = ? AND until > ?'
        return (await run<{ readonly text: string }>(db, marks, asked, [plain(name), now]))[0]?.text
      }),
    take: (name, now) =>
      orDown(async () => {
        await db.deleteFrom('left_text').where('until', '<=', now).execute()
        return (await db.deleteFrom('left_text').where('name', '=', plain(name)).returning('text').executeTakeFirst())
          ?.text
      }),
  }
}
