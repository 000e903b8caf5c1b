import { test } from 'node:test'
import { postgresSkip, startPostgres } from '../contracts/postgres.ts'
import { crashRounds } from './crash-rounds.ts'

/** Two hundred in all, unless told otherwise. */
const kills = Number(process.env.MAYFLY_SOAK_KILLS ?? 200)

test('a broker on SQLite is killed at every step, and keeps its word after each start', async (t) => {
  await crashRounds(t, undefined, postgresSkip ? kills : Math.ceil(kills * 0.6))
})

test('a broker on PostgreSQL is killed at every step, and keeps its word after each start', {
  skip: postgresSkip,
}, async (t) => {
  const postgres = await startPostgres()
  t.after(postgres.stop)
  await crashRounds(t, await postgres.database(), Math.floor(kills * 0.4))
})
