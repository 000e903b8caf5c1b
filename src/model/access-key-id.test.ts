import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { accountOfKeyId, makeUniqueId } from './access-key-id.ts'

test('published key ids give the accounts published with them', () => {
  const known = {
    ASIAY34FZKBOKMUTVV7A: '609629065308',
    AKIAZAVB57H55F3T4BKH: '619888638459',
    AIDAZAVB57H5V3Q4ACRGM: '619888638459',
    AKIAYVP4CIPPERUVIFXG: '595918472158',
    AKIASP2TPHJSQH3FJRUX: '171436882533',
    AROATQEUBV7UIGTXLS5D6: '240828657640',
  }
  for (const [id, account] of Object.entries(known)) assert.equal(accountOfKeyId(id), account)
})

test('ids of the old generation and impossible ids name no account', () => {
  for (const id of [
    'AKIAIOSFODNN7EXAMPLE',
    'AKIAJ2345672345672AB',
    'AKIALALEMEL33243OLIB',
    'AKIA',
    'akiaY34FZKBOKMUTVV7A',
  ])
    assert.equal(accountOfKeyId(id), undefined)
})

test('an id made for an account names that account', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 999_999_999_999 }),
      fc.constantFrom('AKIA', 'ASIA', 'AIDA', 'AROA'),
      (n, prefix) => {
        const account = String(n).padStart(12, '0')
        const id = makeUniqueId(prefix, account, Math.random)
        assert.equal(id.length, prefix === 'AKIA' || prefix === 'ASIA' ? 20 : 21)
        assert.equal(accountOfKeyId(id), account)
      },
    ),
  )
})
