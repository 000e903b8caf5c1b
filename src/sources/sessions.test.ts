import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { memoryVault } from '../host/vaults/memory.ts'
import type { SourceSpec } from '../model/source-spec.ts'
import { sessionText } from './cached-session.ts'
import { chainOf, forgetSessions, listSessions } from './sessions.ts'
import { specDigest } from './spec-digest.ts'

const sts = { region: 'us-east-1' }
const key = { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } as const
const user: SourceSpec = { kind: 'mfa-session', base: key, duration: 3600, sts }
const role: SourceSpec = { kind: 'assume-role', base: user, roleArn: 'arn:aws:iam::111122223333:role/reader', sts }

function keep(spec: SourceSpec, hour: number, principal?: string): readonly [string, string] {
  const expiration = new Date(Date.UTC(2026, 10, 21, hour))
  const credentials = {
    accessKeyId: `ASIA${hour}`,
    secretAccessKey: 'the secret',
    sessionToken: 'the token',
    expiration,
  }
  const session = { spec, credentials, issuedAt: new Date(0), ...(principal === undefined ? {} : { principal }) }
  return [`session/${specDigest(spec)}`, sessionText(session)]
}
const filled = () =>
  memoryVault([keep(user, 11), keep(role, 12), ['key/AKIAIOSFODNN7EXAMPLE', '{}'], ['session/broken', 'what']])

test('lists sessions with who they act as, and without their secrets', async () => {
  const found = await listSessions(filled())
  assert.deepEqual(
    found.map(({ accessKeyId, who }) => [accessKeyId, who]),
    [
      ['ASIA12', 'arn:aws:iam::111122223333:role/reader'],
      ['ASIA11', 'AKIAIOSFODNN7EXAMPLE'],
    ],
  )
  assert.deepEqual(found[0]?.spec, role)
  assert.ok(!inspect(found, { depth: 9 }).includes('the '))
  const named = memoryVault([keep(role, 12, 'arn:aws:sts::111122223333:assumed-role/reader/ann')])
  assert.equal((await listSessions(named))[0]?.who, 'arn:aws:sts::111122223333:assumed-role/reader/ann')
})

test('forgets the ones that are meant, or all, and never a key', async () => {
  const vault = filled()
  assert.equal(await forgetSessions(vault, ({ id }) => id === specDigest(role)), 1)
  assert.deepEqual(
    (await listSessions(vault)).map(({ spec }) => spec),
    [user],
  )
  assert.equal(await forgetSessions(vault), 2, 'a broken one goes as well')
  assert.deepEqual(await vault.list(''), ['key/AKIAIOSFODNN7EXAMPLE'])
})

test('the chain of a spec is itself and all it stands on', () => {
  assert.deepEqual(chainOf(role), [role, user, key])
})
