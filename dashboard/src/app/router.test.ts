import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOfPath, hrefOf, placeOf } from './router.ts'

test('an address leads where it was made for', () => {
  assert.deepEqual(placeOf(hrefOf('sessions', 'sabc234')), { page: 'sessions', id: 'sabc234', query: '' })
  assert.deepEqual(placeOf(hrefOf('ledger')), { page: 'ledger', id: '', query: '' })
})

test('what is no address of the page, or no id, leads to the list of sessions', () => {
  for (const hash of ['', '#', '#/nowhere', '#/sessions/../me', '#/sessions/a%2fb', '#/sessions/<b>'])
    assert.deepEqual(placeOf(hash), { page: 'sessions', id: '', query: '' })
})

test('how a list is filtered stands in its address', () => {
  const query = 'text=a%26b&role=admin'
  assert.deepEqual(placeOf(hrefOf('sessions', '', query)), { page: 'sessions', id: '', query })
})

test('a path of the broker leads to the same place', () => {
  assert.equal(hashOfPath('/sessions/sabc234'), '#/sessions/sabc234')
  assert.equal(hashOfPath('/ledger/'), '#/ledger')
  for (const path of ['/', '/sign-in', '/nowhere/x']) assert.equal(hashOfPath(path), undefined)
})
