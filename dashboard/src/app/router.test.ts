import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hrefOf, placeOf } from './router.ts'

test('an address leads where it was made for', () => {
  assert.deepEqual(placeOf(hrefOf('sessions', 'sabc234')), { page: 'sessions', id: 'sabc234' })
  assert.deepEqual(placeOf(hrefOf('ledger')), { page: 'ledger', id: '' })
})

test('what is no address of the page, or no id, leads to the list of sessions', () => {
  for (const hash of ['', '#', '#/nowhere', '#/sessions/../me', '#/sessions/a%2fb', '#/sessions/<b>'])
    assert.deepEqual(placeOf(hash), { page: 'sessions', id: '' })
})
