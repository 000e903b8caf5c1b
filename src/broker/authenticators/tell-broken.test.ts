import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokenTeller } from './tell-broken.ts'

test('the operator is told once that a way is broken and why, and once that it works again', () => {
  const corp = { name: 'corp', kind: 'oidc' } as const
  let ways: readonly { readonly name: string; readonly kind: 'oidc'; readonly broken?: string }[] = [corp]
  const log: string[] = []
  const tell = brokenTeller({ list: () => ways }, (level, message, detail) =>
    log.push(`${level} ${message} ${JSON.stringify(detail)}`),
  )
  tell()
  assert.deepEqual(log, [])
  ways = [{ ...corp, broken: 'it is away' }]
  tell()
  tell()
  assert.deepEqual(log, ['warn an authenticator cannot be used {"authenticator":"corp","because":"it is away"}'])
  ways = [corp]
  tell()
  tell()
  assert.deepEqual(log.slice(1), ['info an authenticator can be used again {"authenticator":"corp"}'])
})
