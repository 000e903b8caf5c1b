import type { Kysely } from 'kysely'
import type { Ledger } from './ledger.ts'
import type { Schema } from './schema.ts'

/** Texts that brokers leave for each other for a while, in a database they share. */
export function leftTexts(
  db: Kysely<Schema>,
  orDown: <T>(work: () => Promise<T>) => Promise<T>,
): Pick<Ledger, 'put' | 'get' | 'take'> {
  return {
    put: (name, text, until) =>
      orDown(async () => {
        const left = await db
          .insertInto('left_text')
          .values({ name, text, until })
          .onConflict((clash) => clash.column('name').doNothing())
          .executeTakeFirst()
        return Number(left.numInsertedOrUpdatedRows ?? 0) === 1
      }),
    get: (name, now) =>
      orDown(async () => {
        const found = db.selectFrom('left_text').select('text').where('name', '=', name).where('until', '>', now)
        return (await found.executeTakeFirst())?.text
      }),
    take: (name, now) =>
      orDown(async () => {
        await db.deleteFrom('left_text').where('until', '<=', now).execute()
        return (await db.deleteFrom('left_text').where('name', '=', name).returning('text').executeTakeFirst())?.text
      }),
  }
}
