import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryVault } from '../../host/vaults/memory.ts'
import type { BrokeredSpec, SessionSpec } from '../../model/source-spec.ts'
import { sessionPrefix, sessionText } from '../cached-session.ts'
import { specDigest } from '../spec-digest.ts'
import { dropKept } from './kept.ts'

const now = new Date('2026-11-21T12:00:00Z')
const broker = 'https://mayfly.example.com'
const brokered = (role: string, at = broker): BrokeredSpec => ({ kind: 'brokered', broker: at, role })
const above = (base: SessionSpec): SessionSpec => ({
  ...{ kind: 'assume-role', base, roleArn: 'arn:aws:iam::111122223333:role/audit' },
  sts: { region: 'us-east-1' },
})

async function holding(sessions: readonly (readonly [SessionSpec, string?])[]) {
  const vault = memoryVault()
  const credentials = {
    ...{ accessKeyId: 'ASIARTX3GSDSEXAMPLE1', secretAccessKey: 'x', sessionToken: 'y' },
    expiration: new Date(now.getTime() + 3_600_000),
  }
  for (const [spec, sessionId] of sessions)
    await vault.put(
      sessionPrefix + specDigest(spec),
      sessionText({ spec, credentials, issuedAt: now, ...(sessionId ? { sessionId } : {}) }),
    )
  return vault
}

const names = (...specs: readonly SessionSpec[]): string[] => specs.map((one) => sessionPrefix + specDigest(one)).sort()

test('a session goes with what was taken with it, and others of the broker stay', async () => {
  const [reader, writer] = [brokered('reader'), brokered('writer')]
  const vault = await holding([[reader, 's1'], [above(reader)], [writer, 's2'], [above(writer)]])
  assert.deepEqual(await dropKept(vault, broker, new Set(['s1'])), ['s1'])
  assert.deepEqual([...(await vault.list(sessionPrefix))].sort(), names(writer, above(writer)))
})

test('with all of a broker goes all that stands on it, also on what is not kept any more', async () => {
  const elsewhere = brokered('reader', 'https://other.example.com')
  const vault = await holding([[above(brokered('reader'))], [above(above(brokered('writer')))], [above(elsewhere)]])
  assert.deepEqual(await dropKept(vault, broker), [])
  assert.deepEqual(await vault.list(sessionPrefix), names(above(elsewhere)))
})
