import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { memoryVault } from '../host/vaults/memory.ts'
import type { MfaSessionSpec } from '../model/source-spec.ts'
import { cachedSession, readSession, refreshMargin, type StoredSession, sessionText } from './cached-session.ts'
import { specDigest } from './spec-digest.ts'

const spec: MfaSessionSpec = {
  kind: 'mfa-session',
  base: { kind: 'stored-key', accessKeyId: 'AKIAIOSFODNN7EXAMPLE' },
  duration: 3600,
  sts: { region: 'us-east-1' },
}
const expiration = new Date('2026-11-21T11:00:00Z')
const session: StoredSession = {
  spec,
  credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', secretAccessKey: 's', sessionToken: 't', expiration },
  issuedAt: new Date('2026-11-21T10:00:00Z'),
}
const name = `session/${specDigest(spec)}`
const before = (milliseconds: number): Date => new Date(expiration.getTime() - milliseconds)

test('a kept session comes back as it was, dates included', async () => {
  const kept = { ...session, principal: 'arn:aws:sts::111122223333:assumed-role/a/b' }
  const vault = memoryVault([[name, sessionText(kept)]])
  assert.deepEqual(await readSession(spec, vault), kept)
  assert.deepEqual(await cachedSession(spec, vault, session.issuedAt), session.credentials)
})

test('a session counts while it has more than five minutes left', async () => {
  const vault = memoryVault([[name, sessionText(session)]])
  assert.ok(await cachedSession(spec, vault, before(refreshMargin + 1)))
  assert.equal(await cachedSession(spec, vault, before(refreshMargin)), undefined)
  assert.equal(await cachedSession(spec, vault, before(-1)), undefined)
})

test('a session is given for its own spec only, even when it lies under the name of another', async () => {
  const edited = { ...spec, duration: 7200 }
  const vault = memoryVault([[`session/${specDigest(edited)}`, sessionText(session)]])
  assert.equal(await cachedSession(edited, vault, session.issuedAt), undefined)
  assert.equal(await cachedSession(spec, vault, session.issuedAt), undefined)
})

test('what is no session is as good as none', async () => {
  const whole = JSON.parse(sessionText(session))
  const { sessionToken: _, ...permanent } = whole.credentials
  const broken = [
    ...['', 'null', '[]', '7', '{"version":1}'],
    ...[
      { ...whole, version: 2 },
      { ...whole, spec: null },
      { ...whole, issuedAt: 'yesterday' },
      { ...whole, credentials: permanent },
      { ...whole, credentials: { ...whole.credentials, sessionToken: '' } },
      { ...whole, credentials: { ...whole.credentials, expiration: 'never' } },
      { ...whole, credentials: { ...whole.credentials, expiration: undefined } },
    ].map((it) => JSON.stringify(it)),
  ]
  for (const text of broken)
    assert.equal(await cachedSession(spec, memoryVault([[name, text]]), session.issuedAt), undefined, text)
})

test('reading a session loads node:fs, node:crypto at its use, and nothing else', () => {
  const imports = (file: string): string[] =>
    [...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/^import (?!type).*from '(.+)'$/gm)].map(
      ([, from = '']) => from,
    )
  assert.deepEqual(imports('cached-session.ts'), ['./proof.ts', './spec-digest.ts'])
  assert.deepEqual(imports('proof.ts'), ['node:fs', '../host/node-crypto.ts'])
  assert.deepEqual(imports('spec-digest.ts'), ['../host/node-crypto.ts'])
})
