import { test } from 'node:test'
import { crashRounds } from '../soak/crash-rounds.ts'

// `npm run test:soak` does it two hundred times, on PostgreSQL, too.
test('a broker that is killed once at each step of issuing and revoking keeps its word when it is back', async (t) => {
  await crashRounds(t, undefined, 12)
})
