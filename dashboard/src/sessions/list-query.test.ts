import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everythingLive } from './filter.ts'
import { queryOf, viewOf } from './list-query.ts'
import { newestFirst } from './order.ts'

test('a view of the list is written into its address and read from it', () => {
  const filter = { ...everythingLive, text: 'a & b #1', role: 'admin', state: 'all' as const }
  const view = { filter, order: { by: 'used', down: true } as const }
  assert.deepEqual(viewOf(queryOf(view)), view)
  assert.equal(queryOf({ filter: everythingLive, order: newestFirst }), '')
})

test('what an address says wrongly is as usual', () => {
  assert.deepEqual(viewOf('state=everything&sort=-secret&other=1'), { filter: everythingLive, order: newestFirst })
})
